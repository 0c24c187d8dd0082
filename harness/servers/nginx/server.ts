import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { familyOf } from '../../model/address.ts';
import type { ServedSpec } from '../../model/protocol.ts';
import { handOver } from '../../rights/program-rights.ts';
import { ErrnoGauge } from '../errno-gauge.ts';
import { inOwnFolder } from '../own-folder.ts';
import { programVersion } from '../program-version.ts';
import type { RunningServer, ServerContext, ServerKind } from '../server.ts';
import { startServerProcess } from '../server-process.ts';
import { closesText, nginxConf } from './config.ts';
import { NginxParameters, nginxTraits } from './traits.ts';

/** Debian's nginx-light, one process, a fixed answer; needs no root. */
export const nginx: ServerKind = {
  traits: nginxTraits,
  start: startNginx,
};

async function startNginx(spec: ServedSpec, context: ServerContext): Promise<RunningServer> {
  const { ports, upstreams } = spec;
  const options = { ...NginxParameters.parse(spec.parameters), ports, upstreams, family: familyOf(spec.address) };
  // Debian installs it in /usr/sbin, which an ordinary user's PATH lacks.
  const env = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  return inOwnFolder('nginx', async (folder) => {
    const conf = join(folder, 'nginx.conf');
    writeFileSync(conf, nginxConf(options));
    handOver(folder);
    const refused = new ErrnoGauge(context.onGauge);
    try {
      const server = await startServerProcess(
        {
          traits: nginxTraits,
          spec,
          command: 'nginx',
          args: ['-p', folder, '-e', 'stderr', '-c', conf],
          cwd: folder,
          env,
          ports,
          onErrorLine: (text) => refused.read(text),
        },
        context,
      );
      return {
        version: await programVersion('nginx', ['-v'], /nginx version: (\S+)/, '', env),
        closes: closesText(options),
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
