import type { CellPlan } from '../model/cell.ts';

/**
 * A hop: peers that open connections, and the peers that accept exactly these. A chain has one for each of its links;
 * a gateway that only forwards packets is not an end of any.
 */
export interface Hop {
  openers: string[];
  acceptors: string[];
}

/**
 * The hops of a cell, the load's own first: who opens connections to whom is known from the load and from the servers'
 * upstreams. Hops that share an opener or an acceptor are one, because a peer's counters do not distinguish them.
 * Pure.
 */
export function hopsOf(plan: CellPlan): Hop[] {
  const { load } = plan.scenario;
  const rolesOf = (kind: string) => plan.peers.filter((peer) => peer.kind === kind).map((peer) => peer.role);
  const hops: Hop[] = [{ openers: rolesOf(load.from), acceptors: rolesOf(load.to) }];
  for (const peer of plan.peers) {
    const upstream = [...new Set(peer.serves.flatMap((spec) => spec.upstream ?? []))];
    if (upstream.length > 0) hops.push({ openers: [peer.role], acceptors: upstream.flatMap(rolesOf) });
  }
  return hops.reduce<Hop[]>((apart, hop) => {
    const same = apart.filter((other) => meet(other.openers, hop.openers) || meet(other.acceptors, hop.acceptors));
    const merged = [...same, hop].reduce((sum, one) => ({
      openers: [...new Set([...sum.openers, ...one.openers])],
      acceptors: [...new Set([...sum.acceptors, ...one.acceptors])],
    }));
    const at = Math.min(apart.length, ...same.map((one) => apart.indexOf(one)));
    const rest = apart.filter((one) => !same.includes(one));
    return [...rest.slice(0, at), merged, ...rest.slice(at)];
  }, []);
}

function meet(a: readonly string[], b: readonly string[]): boolean {
  return a.some((role) => b.includes(role));
}
