import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServedSpec, Target } from '../../model/protocol.ts';
import { fillWith, splitCommandLine } from '../../program/command-line.ts';
import { inOwnFolder } from '../own-folder.ts';
import type { RunningServer, ServerContext, ServerKind } from '../server.ts';
import { startServerProcess } from '../server-process.ts';
import { closesText, probeCloses } from './close-probe.ts';
import { ProgramServerParameters, programServerTraits } from './traits.ts';

/** Any program that listens: of the user's own, or of a scenario file. */
export const programServer: ServerKind = { traits: programServerTraits, start: startProgram };

async function startProgram(spec: ServedSpec, context: ServerContext): Promise<RunningServer> {
  const { command, config, folder: where } = ProgramServerParameters.parse(spec.parameters);
  return inOwnFolder('program', async (own) => {
    const cwd = where ?? own;
    const file = join(own, 'config');
    const values = { ...valuesOf(spec), config: file, folder: cwd };
    if (config !== undefined) writeFileSync(file, fillWith(config, values));
    const [program = '', ...args] = splitCommandLine(command).map((word) => fillWith(word, values));
    const server = await startServerProcess(
      {
        traits: programServerTraits,
        name: program.split('/').at(-1) ?? program,
        spec,
        command: program,
        args,
        cwd,
        // Debian installs servers in /usr/sbin, which an ordinary user's PATH lacks.
        env: { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, ...environment(values) },
        ports: spec.ports,
      },
      context,
    );
    return { ...server, ...(await closing(spec)) };
  });
}

/** How it closes, and what it says it is. A proxy is not asked: its answer would open connections to its next hops. */
async function closing({ address, ports, upstreams }: ServedSpec): Promise<Pick<RunningServer, 'closes' | 'version'>> {
  if (upstreams.length > 0)
    return { version: null, closes: 'as the counters show: it has next hops and was not asked' };
  const probe = await probeCloses(address, ports[0] as number);
  return { version: probe.software, closes: closesText(probe) };
}

/** What is filled in for `{name}`. */
function valuesOf({ address, ports, upstreams }: ServedSpec): Record<string, string> {
  const [first] = upstreams;
  return {
    address,
    port: String(ports[0] ?? ''),
    ports: ports.join(','),
    upstream: first === undefined ? '' : at(first),
    upstream_address: first?.address ?? '',
    upstream_port: String(first?.port ?? ''),
    upstreams: upstreams.map(at).join(','),
  };
}

/** The same as variables, which many configuration languages read: TIMEWAIT_LAB_UPSTREAM. */
function environment(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`TIMEWAIT_LAB_${name.toUpperCase()}`, value]),
  );
}

function at({ address, port }: Target): string {
  return `${address}:${port}`;
}
