import type { LinkPlan, PeerPlan } from '../model/cell.ts';
import type { ServerSpec } from '../model/scenario.ts';
import { isLoopbackAddress } from '../model/tw-reuse.ts';

/**
 * Addresses of a peer's link with itself. Every address of 127.0.0.0/8 is local as soon as `lo` is up; IPv6 has ::1
 * alone (RFC 4291, 2.5.3). `own`: addresses that the runtime adds to `lo`, counted up from `firstOwn`. Pure.
 */
export function localAddressesOf(
  address: 'loopback' | 'own',
  count: number,
  firstOwn: string,
  family: 4 | 6 = 4,
): string[] {
  if (address === 'loopback' && family === 6) return ['::1'];
  const first = address === 'loopback' ? '127.0.0.1' : firstOwn;
  const [, network = '', host = '1'] = /^(.*[.:])(\d+)$/.exec(first) ?? [];
  return Array.from({ length: count }, (_, index) => `${network}${Number(host) + index}`);
}

/** Whether a peer has a link with itself, over which its connections have both ends in it. Pure. */
export function connectsToItself({ links }: { links: readonly LinkPlan[] }, role: string): boolean {
  return links.some((link) => link.isLocal === true && link.ends[0].role === role);
}

/** Whether tcp_tw_reuse = 2 acts on a peer's connections to itself. Pure. */
export function connectsOverLoopback({ links }: { links: readonly LinkPlan[] }, role: string): boolean {
  return links.some(
    ({ isLocal, ends: [end] }) => isLocal === true && end.role === role && end.addresses.every(isLoopbackAddress),
  );
}

/**
 * Servers of a peer that requests from outside go to, and those behind them: where a server forwards to its own peer,
 * the others are its upstreams. Pure.
 */
export function serversBy({ kind, serves }: Pick<PeerPlan, 'kind' | 'serves'>): {
  front: ServerSpec[];
  behind: ServerSpec[];
} {
  const forwarding = serves.filter((spec) => spec.upstream?.includes(kind));
  if (forwarding.length === 0) return { front: serves, behind: serves };
  return { front: forwarding, behind: serves.filter((spec) => !forwarding.includes(spec)) };
}
