import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { familyOf } from '../../model/address.ts';
import type { ServedSpec } from '../../model/protocol.ts';
import { startConfiguredProxy } from '../configured-proxy.ts';
import type { RunningServer, ServerContext, ServerKind } from '../server.ts';
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
  const file = 'haproxy.cfg';
  return startConfiguredProxy(spec, context, {
    traits: haproxyTraits,
    program: 'haproxy',
    file,
    config: haproxyCfg(options),
    args: (folder) => ['-db', '-f', join(folder, file)],
    version: /HAProxy version (\S+)/,
    prefix: 'haproxy/',
    closes: closesText(options),
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
