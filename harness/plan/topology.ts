import type { Family } from '../model/address.ts';
import type { LinkPlan, PeerPlan } from '../model/cell.ts';
import { linkParts } from '../model/link.ts';
import type { Target } from '../model/protocol.ts';
import type { PeerSpec, Scenario } from '../model/scenario.ts';
import { localAddressesOf, serversBy } from './local-links.ts';

/**
 * Link subnets are /24s of 198.18.0.0/15, the benchmarking range of RFC 2544, or /64s of 2001:2::/48, that of RFC 5180.
 * There are 512 of each.
 */
export const subnetCount = 512;
const prefixLengths: Readonly<Record<Family, number>> = { 4: 24, 6: 64 };
/** First host number of a link's ends. 1 is left free: container runtimes give it to their bridge. */
const firstHost = [2, 102] as const;

/** Roles of all peers that a scenario's role stands for: `client` with a count of 2 is client1 and client2. */
export function rolesOf(kind: string, spec: PeerSpec): string[] {
  return spec.count === 1 ? [kind] : Array.from({ length: spec.count }, (_, index) => `${kind}${index + 1}`);
}

/** Subnets that a run may use, by their number in the range. */
export interface SubnetRange {
  readonly first: number;
  readonly count: number;
}

export const allSubnets: SubnetRange = { first: 0, count: subnetCount };

export function subnetAt(number: number, family: Family = 4): string {
  return `${family === 6 ? `${networkAt(number, 6)}::` : `${networkAt(number, 4)}.0`}/${prefixLengths[family]}`;
}

/** The subnet of the other family with the same number, for runtimes whose networks have both. */
export function subnetBeside(subnet: string, family: Family): string {
  const number = Array.from({ length: subnetCount }, (_, each) => each).find(
    (each) => subnetAt(each, 4) === subnet || subnetAt(each, 6) === subnet,
  );
  if (number === undefined) throw new RangeError(`${subnet} is not a subnet of the lab`);
  return subnetAt(number, family);
}

function networkAt(number: number, family: Family): string {
  // From 1: a group of 0 would become part of the `::`, and the kernel's text of an address must be the plan's.
  if (family === 6) return `2001:2:0:${(number + 1).toString(16)}`;
  return `198.${18 + Math.floor(number / 256)}.${number % 256}`;
}

/** The host's digits are the same in both families: 198.18.0.102 and 2001:2:0:1::102. */
function addressIn(network: string, host: number, family: Family): string {
  return `${network}${family === 6 ? '::' : '.'}${host}`;
}

/**
 * Links of all peers with subnets and addresses; `linksBefore`, those of earlier cells, keeps the addresses of
 * concurrent cells distinct.
 */
export function planLinks(scenario: Scenario, subnets: SubnetRange, linksBefore: number): LinkPlan[] {
  const interfaces = new Map<string, number>();
  const nextInterface = (role: string) => {
    const index = interfaces.get(role) ?? 0;
    interfaces.set(role, index + 1);
    return `eth${index}`;
  };
  const { family } = scenario;
  const links: LinkPlan[] = [];
  for (const link of scenario.links) {
    const { between, shape, address } = linkParts(link);
    const [kindA, kindB] = between;
    const a = scenario.peers[kindA] as PeerSpec;
    const b = scenario.peers[kindB] as PeerSpec;
    for (const roleA of rolesOf(kindA, a)) {
      for (const roleB of kindA === kindB ? [roleA] : rolesOf(kindB, b)) {
        const number = subnets.first + ((linksBefore + links.length) % subnets.count);
        const network = networkAt(number, family);
        if (roleA === roleB) {
          const addresses = localAddressesOf(
            address ?? 'loopback',
            a.addresses,
            addressIn(network, firstHost[0], family),
            family,
          );
          const loopback = family === 6 ? '::1/128' : '127.0.0.0/8';
          links.push(localLink(roleA, address === 'own' ? subnetAt(number, family) : loopback, addresses));
          continue;
        }
        const end = (role: string, spec: PeerSpec, side: 0 | 1) => ({
          role,
          interface: nextInterface(role),
          addresses: Array.from({ length: spec.addresses }, (_, n) => addressIn(network, firstHost[side] + n, family)),
        });
        links.push({
          subnet: subnetAt(number, family),
          prefixLength: prefixLengths[family],
          ends: [end(roleA, a, 0), end(roleB, b, 1)],
          ...(Object.keys(shape).length > 0 && { shape }),
        });
      }
    }
  }
  return links;
}

function localLink(role: string, subnet: string, addresses: string[]): LinkPlan {
  const end = { role, interface: 'lo', addresses };
  return { subnet, prefixLength: Number(subnet.split('/')[1]), ends: [end, end], isLocal: true };
}

/** Routes of one peer to the subnets that are not on its own links, through peers that forward. */
export function planRoutes(
  role: string,
  links: readonly LinkPlan[],
  forwards: (role: string) => boolean,
): PeerPlan['routes'] {
  const reached = new Map<string, string | null>();
  const between = links.filter((link) => !link.isLocal);
  const own = between.filter((link) => link.ends.some((end) => end.role === role));
  for (const link of own) reached.set(link.subnet, null);
  const seen = new Set([role]);
  // Breadth first: the first path found to a subnet is the shortest.
  let edge = own.flatMap((link) => neighbour(link, role).map((end) => ({ role: end.role, via: end.addresses[0] })));
  while (edge.length > 0) {
    const next: typeof edge = [];
    for (const step of edge) {
      if (seen.has(step.role) || !forwards(step.role)) continue;
      seen.add(step.role);
      for (const link of between.filter((candidate) => candidate.ends.some((end) => end.role === step.role))) {
        if (!reached.has(link.subnet)) reached.set(link.subnet, step.via as string);
        for (const end of neighbour(link, step.role)) next.push({ role: end.role, via: step.via });
      }
    }
    edge = next;
  }
  return [...reached].flatMap(([subnet, via]) => (via === null ? [] : [{ subnet, via }]));
}

function neighbour(link: LinkPlan, role: string): LinkPlan['ends'][number][] {
  return link.ends.filter((end) => end.role !== role);
}

/** Addresses under which `to` is reached from `from`: those of their common link, else of its first one. */
export function addressesBetween(links: readonly LinkPlan[], from: string, to: string): string[] {
  return endTowards(links, from, to, to);
}

/** Own addresses of `from` on the link towards `to` (first own link where they are no neighbours). */
export function localAddresses(links: readonly LinkPlan[], from: string, to: string): string[] {
  return endTowards(links, from, to, from);
}

function endTowards(links: readonly LinkPlan[], from: string, to: string, whose: string): string[] {
  const has = (link: LinkPlan, role: string) => link.ends.some((end) => end.role === role);
  const common = links.find((link) => (link.isLocal ?? false) === (from === to) && has(link, from) && has(link, to));
  // Another peer's loopback addresses cannot be reached.
  const link = common ?? links.find((candidate) => !candidate.isLocal && has(candidate, whose));
  return link?.ends.find((end) => end.role === whose)?.addresses ?? [];
}

/** Every destination of one load peer: addresses × ports of all peers of the role `to`. */
export function targetsOf(
  plan: { links: readonly LinkPlan[]; peers: readonly PeerPlan[] },
  from: string,
  to: string,
): Target[] {
  return plan.peers
    .filter((peer) => peer.kind === to)
    .flatMap((peer) => {
      const ports = serversBy(peer).front.flatMap((spec) => spec.ports);
      return addressesBetween(plan.links, from, peer.role).flatMap((address) =>
        ports.map((port) => ({ address, port })),
      );
    });
}
