import { familyOf } from '../../model/address.ts';
import type { CellPlan, LinkPlan, PeerPlan } from '../../model/cell.ts';
import { localLines } from '../link-lines.ts';

/** One veth pair, created directly between two namespaces: neither end is ever in the machine's own. */
export function linkLine(link: LinkPlan, pidOf: (role: string) => number): string {
  const [a, b] = link.ends;
  return (
    `link add name ${a.interface} netns ${pidOf(a.role)} type veth ` + `peer name ${b.interface} netns ${pidOf(b.role)}`
  );
}

/** `ip` lines for a peer's side of its links. */
export function interfaceLines(plan: CellPlan, peer: PeerPlan): string[] {
  const lines = ['link set lo up'];
  for (const link of plan.links) {
    for (const end of link.ends) {
      if (end.role !== peer.role || link.isLocal) continue;
      for (const address of end.addresses) {
        // Without duplicate address detection, an IPv6 address can be used at once and not only after a second.
        const noDad = familyOf(address) === 6 ? ' nodad' : '';
        lines.push(`addr add ${address}/${link.prefixLength} dev ${end.interface}${noDad}`);
      }
      lines.push(`link set ${end.interface} up`);
    }
  }
  return [...lines, ...localLines(plan, peer)];
}

export function routeLines(peer: PeerPlan): string[] {
  return peer.routes.map((route) => `route add ${route.subnet} via ${route.via}`);
}
