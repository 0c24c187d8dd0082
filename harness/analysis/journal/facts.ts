import type { CpuUse, EngineFacts, ServerFacts } from '../../model/load-facts.ts';
import type { CellRecord } from './collect.ts';
import { engineBefore, serverBefore } from './facts-before.ts';

/** What the engine of the cell's load recorded about itself. */
export function engineFacts({ plan, peers }: CellRecord): EngineFacts {
  const recorded = [...peers.values()].find((peer) => peer.engine !== null)?.engine;
  return recorded?.facts ?? engineBefore(plan.scenario.load);
}

/** What the servers under load recorded about themselves. */
export function loadedServers(cell: CellRecord): ServerFacts[] {
  const { to } = cell.plan.scenario.load;
  return cell.plan.peers.filter((peer) => peer.kind === to).flatMap((peer) => serversOf(cell, peer.role));
}

function serversOf({ plan, peers }: CellRecord, role: string): ServerFacts[] {
  const specs = plan.peers.find((peer) => peer.role === role)?.serves ?? [];
  return (peers.get(role)?.servers ?? []).map(({ facts }, index) => facts ?? serverBefore(specs[index]));
}

/** Cores that each thread or program in a peer's CPU readings can use, by its name. */
export function cpuUses(cell: CellRecord, role: string): Record<string, CpuUse> {
  const { peers, scenario } = cell.plan;
  const makesLoad = peers.some((peer) => peer.role === role && peer.kind === scenario.load.from);
  return Object.assign(
    {},
    makesLoad ? engineFacts(cell).cpu : {},
    ...serversOf(cell, role).map((server) => server.cpu),
  );
}
