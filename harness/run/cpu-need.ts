import { predict } from '../analysis/cell/budget.ts';
import { budgetInput } from '../analysis/cell/budget-input.ts';
import { engineTraitsNamed } from '../load/traits.ts';
import type { CellPlan } from '../model/cell.ts';
import { portSupply } from '../model/port-supply.ts';

/** Cores that a peer needs besides its load: agent, sampler, state dumps. */
const idleCores = 0.025;

/**
 * Peak number of cores that a cell keeps busy, for a given cost in µs per connection (ConnectionCost); `Infinity`: all
 * of them (a closed loop, or an engine that sets its own pace). Past half of the range the port search takes a whole
 * core per load thread, which still makes a few hundred connections per second.
 */
export function cpuNeed(plan: CellPlan, connectionUs: number): number {
  const { load, subject } = plan.scenario;
  const paced = engineTraitsNamed(load.engine)?.facts(load).paced ?? false;
  if (load.arrival.loop === 'closed' || !paced) return Number.POSITIVE_INFINITY;
  const search = searchesPorts(plan) ? load.threads * plan.peers.filter((peer) => peer.kind === subject).length : 0;
  // At worst, each link that a request crosses adds a connection.
  const perRequestUs = connectionUs * plan.scenario.links.length;
  return idleCores * plan.peers.length + Math.max(search, (load.arrival.ratePerSec * perRequestUs) / 1e6);
}

/** Searching the quick form's few ports takes almost no time. */
const manyPorts = 4000;

/** Whether connect() will search half of a large range. True if the budget cannot predict it. */
function searchesPorts(plan: CellPlan): boolean {
  const sysctlsOf = (role: string) => plan.peers.find((peer) => peer.role === role)?.sysctls ?? {};
  // Called only for open loops; a server that never closes leaves no TIME_WAIT to search through.
  const input = budgetInput(plan, { paced: true, serverCloses: true }, sysctlsOf);
  if (input !== null) return input.ports > manyPorts && predict(input).timeToDegradedMs !== null;
  return plan.peers.some((peer) => peer.kind === plan.scenario.subject && portSupply(peer.sysctls).usable > manyPorts);
}
