import { anyAddress } from '../../model/address.ts';
import type { ServedSpec } from '../../model/protocol.ts';
import { handOver } from '../../rights/program-rights.ts';
import { inOwnFolder } from '../own-folder.ts';
import { programVersion } from '../program-version.ts';
import type { RunningServer, ServerContext, ServerKind } from '../server.ts';
import { startServerProcess } from '../server-process.ts';
import { redisTraits } from './traits.ts';

/** Debian's redis-server without persistence. */
export const redis: ServerKind = {
  traits: redisTraits,
  start: startRedis,
};

function startRedis(spec: ServedSpec, context: ServerContext): Promise<RunningServer> {
  return inOwnFolder('redis', async (folder) => {
    handOver(folder);
    const settings = {
      port: String(spec.ports[0]),
      bind: anyAddress(spec.address),
      'protected-mode': 'no',
      save: '',
      appendonly: 'no',
      dir: folder,
      'tcp-backlog': '4096',
      maxclients: '20000',
    };
    const server = await startServerProcess(
      {
        traits: redisTraits,
        spec,
        command: 'redis-server',
        args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
        cwd: folder,
        ports: spec.ports.slice(0, 1),
      },
      context,
    );
    return {
      version: await programVersion('redis-server', ['--version'], /v=(\S+)/, 'redis '),
      closes: 'keeps a connection until the client closes',
      broken: server.broken,
      stop: server.stop,
    };
  });
}
