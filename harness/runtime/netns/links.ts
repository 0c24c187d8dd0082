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
      const addresses = end.addresses.map((address) => `addr add ${address}/${link.prefixLength} dev ${end.interface}`);
      const up = `link set ${end.interface} up`;
      // Over IPv6, an address that was there before its link is up does not answer neighbours until the kernel has handled
      // the link's change of state, which takes up to 1 s (net/core/link_watch.c); and DAD would take another.
      lines.push(
        ...(plan.scenario.family === 6 ? [up, ...addresses.map((line) => `${line} nodad`)] : [...addresses, up]),
      );
    }
  }
  return [...lines, ...localLines(plan, peer)];
}

export function routeLines(peer: PeerPlan): string[] {
  return peer.routes.map((route) => `route add ${route.subnet} via ${route.via}`);
}
