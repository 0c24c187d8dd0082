import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServedSpec } from '../model/protocol.ts';
import { handOver } from '../rights/program-rights.ts';
import { ErrnoGauge } from './errno-gauge.ts';
import { inOwnFolder } from './own-folder.ts';
import { programVersion } from './program-version.ts';
import type { RunningServer, ServerContext, ServerTraits } from './server.ts';
import { startServerProcess } from './server-process.ts';

export interface ConfiguredProxy {
  traits: ServerTraits;
  /** Also the name of its folder. */
  program: string;
  /** Name and text of its configuration file. */
  file: string;
  config: string;
  /** Its arguments, with the file in this folder. */
  args(folder: string): string[];
  /** Its output for `-v`: the version is the first group; `prefix` comes before it. */
  version: RegExp;
  prefix: string;
  closes: string;
}

/**
 * Starts a proxy of Debian's that reads a configuration file, in a folder of its own. Refused connections to its upstreams
 * are counted from its log. Errors: those of startServerProcess().
 */
export function startConfiguredProxy(
  spec: ServedSpec,
  context: ServerContext,
  { traits, program, file, config, args, version, prefix, closes }: ConfiguredProxy,
): Promise<RunningServer> {
  // Debian installs it in /usr/sbin, which an ordinary user's PATH lacks.
  const env = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  return inOwnFolder(program, async (folder) => {
    writeFileSync(join(folder, file), config);
    handOver(folder);
    const refused = new ErrnoGauge(context.onGauge);
    try {
      const server = await startServerProcess(
        {
          traits,
          spec,
          command: program,
          args: args(folder),
          cwd: folder,
          env,
          ports: spec.ports,
          onErrorLine: (text) => refused.read(text),
        },
        context,
      );
      return {
        version: await programVersion(program, ['-v'], version, prefix, env),
        closes,
        broken: server.broken,
        async stop() {
          refused.stop();
          await server.stop();
        },
      };
    } catch (error) {
      refused.stop();
      throw error;
    }
  });
}
