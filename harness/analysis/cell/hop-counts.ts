import type { CellPlan } from '../../model/cell.ts';
import type { PeerReport } from '../../model/report.ts';
import type { PeerRecord } from '../journal/collect.ts';

/** A peer's sockets by their other end, with the roles that the addresses belong to; `null`: not read. Pure. */
export function hopCounts(peer: PeerRecord, plan: CellPlan): NonNullable<PeerReport['hops']> | null {
  if (peer.occupancy === null) return null;
  // Every peer has the same loopback addresses: only its own are reached there.
  const ends = plan.links.flatMap((link) => link.ends.filter((end) => !link.isLocal || end.role === peer.role));
  const roleAt = (address: string) => ends.find((end) => end.addresses.includes(address))?.role ?? null;
  return peer.occupancy.sockets.map((group) => ({ ...group, role: roleAt(group.address) }));
}
