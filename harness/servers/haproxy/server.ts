import { writeFileSync } from 'node:fs';
import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { familyOf } from '../../model/address.ts';
import type { ServedSpec } from '../../model/protocol.ts';
import { handOver } from '../../rights/program-rights.ts';
import { ErrnoGauge } from '../errno-gauge.ts';
import { inOwnFolder } from '../own-folder.ts';
import { programVersion } from '../program-version.ts';
import type { RunningServer, ServerContext, ServerKind } from '../server.ts';
import { startServerProcess } from '../server-process.ts';
import { closesText, haproxyCfg } from './config.ts';
import { HaproxyParameters, haproxyTraits } from './traits.ts';

/** Debian's haproxy as a proxy between its clients and its upstreams; needs no root. */
export const haproxy: ServerKind = {
  traits: haproxyTraits,
  start: startHaproxy,
};

async function startHaproxy(spec: ServedSpec, context: ServerContext): Promise<RunningServer> {
  const { ports } = spec;
  const upstreams = spec.upstreams.map((next) => ({ ...next, sourceAddress: ownAddressTowards(next.address) }));
  const options = { ...HaproxyParameters.parse(spec.parameters), ports, upstreams, family: familyOf(spec.address) };
  // Debian installs it in /usr/sbin, which an ordinary user's PATH lacks.
  const env = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  return inOwnFolder('haproxy', async (folder) => {
    const cfg = join(folder, 'haproxy.cfg');
    writeFileSync(cfg, haproxyCfg(options));
    handOver(folder);
    const refused = new ErrnoGauge(context.onGauge);
    try {
      const server = await startServerProcess(
        {
          traits: haproxyTraits,
          spec,
          command: 'haproxy',
          args: ['-db', '-f', cfg],
          cwd: folder,
          env,
          ports,
          onErrorLine: (text) => refused.read(text),
        },
        context,
      );
      return {
        version: await programVersion('haproxy', ['-v'], /HAProxy version (\S+)/, 'haproxy/', env),
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

/** Own address on the link to a next hop; the next hop's own where both share a network stack. */
function ownAddressTowards(address: string): string {
  const type = isIPv6(address) ? 'ipv6' : 'ipv4';
  const own = Object.values(networkInterfaces()).flatMap((of) => of ?? []);
  const near = own.find(({ address: mine, cidr }) => {
    if (cidr === null || isIPv6(mine) !== isIPv6(address)) return false;
    const subnet = new BlockList();
    subnet.addSubnet(mine, Number(cidr.split('/')[1]), type);
    return subnet.check(address, type);
  });
  return near?.address ?? address;
}
