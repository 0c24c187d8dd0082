import type { CellPlan, LinkPlan, PeerPlan } from '../../model/cell.ts';
import type { Placement } from './hosts.ts';

/**
 * Role → host for every peer of a cell. A role or kind that --place names goes where it says. By default the peers that
 * make the load are spread over all hosts but the first, and all others run on the first: so client and server
 * do not share a machine. Hosts are names in the order given; pure.
 */
export function placePeers(plan: CellPlan, hosts: readonly string[], place: Placement): ReadonlyMap<string, string> {
  const [first = '', ...others] = hosts;
  const loadHosts = others.length === 0 ? [first] : others;
  let placedLoads = 0;
  return new Map(
    plan.peers.map(({ role, kind }) => {
      const named = place[role] ?? place[kind];
      if (named !== undefined) return [role, named];
      if (kind !== plan.scenario.load.from) return [role, first];
      return [role, loadHosts[placedLoads++ % loadHosts.length] as string];
    }),
  );
}

/**
 * Routes to the further addresses of a peer's neighbours, as lines for `ip -batch -`. An overlay delivers to the addresses
 * that it gave out itself, one a container; a further one is reached through the first, whose owner has both.
 */
export function furtherAddressLines(plan: { links: readonly LinkPlan[] }, peer: Pick<PeerPlan, 'role'>): string[] {
  return plan.links.flatMap((link) => {
    const own = link.ends.find((end) => end.role === peer.role);
    const other = link.ends.find((end) => end.role !== peer.role);
    if (own === undefined || other === undefined) return [];
    const [first, ...further] = other.addresses;
    return further.map((address) => `route add ${address}/32 via ${first} dev ${own.interface}`);
  });
}
