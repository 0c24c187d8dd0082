import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endpointText } from '../../model/address.ts';
import type { ServedSpec } from '../../model/protocol.ts';
import { fillWith, splitCommandLine } from '../../program/command-line.ts';
import { askVersion, fileDigests } from '../../program/program-identity.ts';
import { workingFolder } from '../../program/working-folder.ts';
import { handOver } from '../../rights/program-rights.ts';
import { measureCloses } from '../close-probe.ts';
import { ErrnoGauge } from '../errno-gauge.ts';
import { inOwnFolder } from '../own-folder.ts';
import type { RunningServer, ServerContext, ServerKind } from '../server.ts';
import { startServerProcess } from '../server-process.ts';
import { ProgramServerParameters, programServerTraits } from './traits.ts';

const installHint =
  'a program must be where its peer runs: on this machine with --runtime netns, in the image with --runtime docker';

/** Any program that listens: of the user's own, or of a scenario file. */
export const programServer: ServerKind = { traits: programServerTraits, start: startProgram };

async function startProgram(spec: ServedSpec, context: ServerContext): Promise<RunningServer> {
  const { command, config, folder: where, probe, readyMs } = ProgramServerParameters.parse(spec.parameters);
  return inOwnFolder('program', async (own) => {
    const cwd = workingFolder(where, own);
    const file = join(own, 'config');
    const values = { ...valuesOf(spec), config: file, folder: cwd };
    if (config !== undefined) writeFileSync(file, fillWith(config, values));
    handOver(own);
    const [program = '', ...args] = splitCommandLine(command).map((word) => fillWith(word, values));
    const name = program.split('/').at(-1) ?? program;
    // Debian installs servers in /usr/sbin, which an ordinary user's PATH lacks.
    const env = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, ...environment(values) };
    const { ports } = spec;
    const files = fileDigests([program, ...args], cwd, env.PATH);
    const version = await askVersion(program, cwd, env);
    const traits = programServerTraits;
    // Only a program with next hops opens connections of its own.
    const refused = spec.upstreams.length > 0 ? new ErrnoGauge(context.onGauge) : null;
    const onErrorLine = (text: string) => refused?.read(text);
    try {
      const server = await startServerProcess(
        { traits, name, spec, command: program, args, cwd, env, ports, readyMs, installHint, onErrorLine },
        context,
      );
      const stop = async () => {
        refused?.stop();
        await server.stop();
      };
      const measured = await measureCloses(spec, probe);
      return { ...server, stop, ...measured, version: measured.version ?? version, program: { command, files } };
    } catch (error) {
      refused?.stop();
      throw error;
    }
  });
}

/** What is filled in for `{name}`: IPv6 is in brackets where a port follows. */
export function valuesOf({ address, ports, upstreams }: ServedSpec): Record<string, string> {
  const [first] = upstreams;
  return {
    address,
    port: String(ports[0] ?? ''),
    ports: ports.join(','),
    upstream: first === undefined ? '' : endpointText(first),
    upstream_address: first?.address ?? '',
    upstream_port: String(first?.port ?? ''),
    upstreams: upstreams.map(endpointText).join(','),
  };
}

/** The same as variables, which many configuration languages read: TIMEWAIT_LAB_UPSTREAM. */
function environment(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`TIMEWAIT_LAB_${name.toUpperCase()}`, value]),
  );
}
