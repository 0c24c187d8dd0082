import type { CellPlan, PeerPlan } from '../model/cell.ts';
import { isLoopbackAddress } from '../model/tw-reuse.ts';

/** `ip` lines for a peer's own addresses on `lo`; 127.0.0.0/8 and ::1 are there once it is up. */
export function localLines(plan: CellPlan, peer: PeerPlan): string[] {
  return plan.links
    .filter((link) => link.isLocal === true && link.ends[0].role === peer.role)
    .flatMap((link) => link.ends[0].addresses)
    .filter((address) => !isLoopbackAddress(address))
    .map((address) => `addr add ${address}/32 dev lo`);
}
