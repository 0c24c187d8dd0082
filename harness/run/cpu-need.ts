import { predict, usablePorts } from '../analysis/cell/budget.ts';
import { engineTraitsNamed } from '../load/traits.ts';
import type { CellPlan } from '../model/cell.ts';
import { targetsOf } from '../plan/topology.ts';

/** What a peer needs besides its load: agent, sampler, state dumps. Cores. */
const idleCores = 0.025;

/**
 * Cores that a cell will keep busy at its worst, at so many µs a connection (ConnectionCost); `Infinity`: as many as there
 * are (a closed loop, an engine that sets its own pace). The port search past half of the range takes a whole core of every load thread.
 */
export function cpuNeed(plan: CellPlan, connectionUs: number): number {
  const { load, subject } = plan.scenario;
  const paced = engineTraitsNamed(load.engine)?.facts(load).paced ?? false;
  if (load.arrival.loop === 'closed' || !paced) return Number.POSITIVE_INFINITY;
  const clients = plan.peers.filter((peer) => peer.kind === subject);
  const [client] = clients;
  if (client === undefined) return Number.POSITIVE_INFINITY;
  const sysctls = client.sysctls;
  const prediction = predict({
    ports: usablePorts(sysctls),
    destinations: Math.max(1, targetsOf(plan, client.role, load.to).length),
    sources: clients.length * Math.max(1, load.bindAddresses),
    reuse:
      sysctls['net.ipv4.tcp_tw_reuse'] === '1' &&
      plan.peers.every((peer) => peer.sysctls['net.ipv4.tcp_timestamps'] !== '0'),
    reuseDelayMs: Number(sysctls['net.ipv4.tcp_tw_reuse_delay'] ?? 1000),
    buckets: Number(sysctls['net.ipv4.tcp_max_tw_buckets'] ?? 131_072),
    serverCloses: true,
    paced,
    load,
  });
  // The quick form's few ports are searched in no time.
  const searches = prediction.timeToDegradedMs !== null && usablePorts(sysctls) > 4000;
  const search = searches ? load.threads * clients.length : 0;
  // Every link that requests pass on is another connection for each, at worst.
  const perRequestUs = connectionUs * plan.scenario.links.length;
  return idleCores * plan.peers.length + (load.arrival.ratePerSec * perRequestUs) / 1e6 + search;
}
