import { join } from 'node:path';
import { familyOf } from '../../model/address.ts';
import type { ServedSpec } from '../../model/protocol.ts';
import { startConfiguredProxy } from '../configured-proxy.ts';
import type { RunningServer, ServerContext, ServerKind } from '../server.ts';
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
  const file = 'nginx.conf';
  return startConfiguredProxy(spec, context, {
    traits: nginxTraits,
    program: 'nginx',
    file,
    config: nginxConf(options),
    args: (folder) => ['-p', folder, '-e', 'stderr', '-c', join(folder, file)],
    version: /nginx version: (\S+)/,
    prefix: '',
    closes: closesText(options),
  });
}
