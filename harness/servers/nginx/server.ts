import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ServedSpec } from '../../model/protocol.ts';
import { ErrnoGauge } from '../errno-gauge.ts';
import type { RunningServer, ServerContext, ServerKind } from '../server.ts';
import { startServerProcess } from '../server-process.ts';
import { closesText, nginxConf, nginxVersion } from './config.ts';
import { NginxParameters, nginxTraits } from './traits.ts';

/** Debian's nginx-light, one process, a fixed answer; needs no root. */
export const nginx: ServerKind = {
  traits: nginxTraits,
  start: startNginx,
};

async function startNginx(spec: ServedSpec, context: ServerContext): Promise<RunningServer> {
  const { ports, upstreams } = spec;
  const options = { ...NginxParameters.parse(spec.parameters), ports, upstreams };
  const refused = new ErrnoGauge(context.onGauge);
  const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-nginx-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const conf = join(folder, 'nginx.conf');
  writeFileSync(conf, nginxConf(options));
  // Debian has it in /usr/sbin, which an ordinary user's PATH lacks.
  const env = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  try {
    const server = await startServerProcess(
      {
        traits: nginxTraits,
        spec,
        command: 'nginx',
        args: ['-p', folder, '-e', 'stderr', '-c', conf],
        cwd: folder,
        env,
        ports: spec.ports,
        onErrorLine: (text) => refused.read(text),
      },
      context,
    );
    const { stderr } = await promisify(execFile)('nginx', ['-v'], { env: { ...process.env, ...env } });
    return {
      version: nginxVersion(stderr),
      closes: closesText(options),
      broken: server.broken,
      stop: async () => {
        refused.stop();
        await server.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
