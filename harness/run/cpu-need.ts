import { predict } from '../analysis/cell/budget.ts';
import { budgetInput } from '../analysis/cell/budget-input.ts';
import { engineTraitsNamed } from '../load/traits.ts';
import type { CellPlan } from '../model/cell.ts';
import { portSupply } from '../model/port-supply.ts';

/** What a peer needs besides its load: agent, sampler, state dumps. Cores. */
const idleCores = 0.025;

/**
 * Cores that a cell will keep busy at its worst, at so many µs a connection (ConnectionCost); `Infinity`: as many as there
 * are (a closed loop, an engine that sets its own pace). The port search past half of the range takes a whole core of
 * every load thread, and leaves it time for a few hundred connections a second.
 */
export function cpuNeed(plan: CellPlan, connectionUs: number): number {
  const { load, subject } = plan.scenario;
  const paced = engineTraitsNamed(load.engine)?.facts(load).paced ?? false;
  if (load.arrival.loop === 'closed' || !paced) return Number.POSITIVE_INFINITY;
  const search = searchesPorts(plan) ? load.threads * plan.peers.filter((peer) => peer.kind === subject).length : 0;
  // Every link that requests pass on is another connection for each, at worst.
  const perRequestUs = connectionUs * plan.scenario.links.length;
  return idleCores * plan.peers.length + Math.max(search, (load.arrival.ratePerSec * perRequestUs) / 1e6);
}

/** The quick form's few ports are searched in no time. */
const manyPorts = 4000;

/** Whether connect() will walk over half of a large range. Where the budget cannot predict it, it may. */
function searchesPorts(plan: CellPlan): boolean {
  const sysctlsOf = (role: string) => plan.peers.find((peer) => peer.role === role)?.sysctls ?? {};
  // Only paced loads are asked about; a server that never closes leaves no TIME_WAIT to search through.
  const input = budgetInput(plan, { paced: true, serverCloses: true }, sysctlsOf);
  if (input !== null) return input.ports > manyPorts && predict(input).timeToDegradedMs !== null;
  return plan.peers.some((peer) => peer.kind === plan.scenario.subject && portSupply(peer.sysctls).usable > manyPorts);
}
