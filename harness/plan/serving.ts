import type { CellPlan, PeerPlan } from '../model/cell.ts';
import type { ServedSpec } from '../model/protocol.ts';
import type { LoadSpec } from '../model/scenario.ts';
import { serversBy } from './local-links.ts';
import { addressesBetween } from './topology.ts';

/** Peers with servers, last hop first, so that a next hop listens before anyone needs it. */
export function servingOrder(plan: CellPlan): PeerPlan[] {
  const waiting = plan.peers.filter(listens);
  const order: PeerPlan[] = [];
  while (waiting.length > 0) {
    const isUp = (kind: string) => waiting.every((peer) => peer.kind !== kind);
    const ready = waiting.findIndex((peer) =>
      peer.serves.every((spec) => (spec.upstream ?? []).every((kind) => kind === peer.kind || isUp(kind))),
    );
    // A ring of next hops has no last one: any may start.
    order.push(...waiting.splice(Math.max(0, ready), 1));
  }
  return order;
}

const listens = ({ serves }: PeerPlan) => serves.some(({ ports }) => ports.length > 0);

/** Peers with programs that only open connections. */
export function clientPeers(plan: CellPlan): PeerPlan[] {
  return plan.peers.filter(({ serves }) => serves.some(({ ports }) => ports.length === 0));
}

/** A peer's servers with its own address and those of their next hops; a next hop in the peer itself comes first. */
export function servedSpecs(plan: CellPlan, peer: PeerPlan): ServedSpec[] {
  const own = plan.links.filter((link) => link.ends.some((end) => end.role === peer.role));
  const link = own.find((one) => !one.isLocal) ?? own[0];
  const address = link?.ends.find((end) => end.role === peer.role)?.addresses[0] ?? '';
  const { front, behind } = serversBy(peer);
  return [...new Set([...behind, ...front])].map((spec) => ({
    ...spec,
    address,
    upstreams: upstreamsOf(plan, peer, spec.upstream ?? []),
  }));
}

function upstreamsOf(plan: CellPlan, peer: PeerPlan, kinds: readonly string[]): ServedSpec['upstreams'] {
  const others = plan.peers.filter((other) => kinds.includes(other.kind));
  return others.flatMap((other) => {
    const address = addressesBetween(plan.links, peer.role, other.role)[0] ?? '';
    const served = other.role === peer.role ? serversBy(other).behind : serversBy(other).front;
    return served.flatMap(({ ports }) => ports.map((port) => ({ address, port })));
  });
}

/** The part of a load that one of several load peers makes: rate and attempts are split, a closed loop is each one's own. */
export function loadShare(load: LoadSpec, index: number, of: number): LoadSpec {
  const { arrival, maxAttempts } = load;
  return {
    ...load,
    arrival: arrival.loop === 'open' ? { ...arrival, ratePerSec: arrival.ratePerSec / of } : arrival,
    ...(maxAttempts !== undefined && {
      maxAttempts: Math.floor(maxAttempts / of) + (index < maxAttempts % of ? 1 : 0),
    }),
  };
}
