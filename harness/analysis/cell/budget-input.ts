import type { CellPlan, PeerPlan } from '../../model/cell.ts';
import { searchesByParity } from '../../model/port-search.ts';
import { portSupply } from '../../model/port-supply.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import { reuseActs } from '../../model/tw-reuse.ts';
import { targetsOf } from '../../plan/topology.ts';
import type { BudgetInput } from './budget.ts';

type Settings = Readonly<Record<string, string | null>>;

/** Ports that had a listener before the servers started, and those of them that bind(2) may take for another address. */
interface EarlierListeners {
  listening?: readonly number[] | undefined;
  ofOneAddress?: readonly number[] | undefined;
}

/**
 * The inputs of the port budget of a cell's load. `facts`: what its engine and servers recorded about themselves.
 * `sysctlsOf`: a role's settings, planned or read back; an absent or `null` key counts as the kernel's default.
 * `listenersAt`: ports of a role that had a listener before its servers started; default: none.
 * `null`: a peer's settings are missing, or the limited ports belong to a later hop, whose number of connections is
 * unknown.
 */
export function budgetInput(
  plan: CellPlan,
  facts: Pick<BudgetInput, 'paced' | 'serverCloses'>,
  sysctlsOf: (role: string) => Settings | null,
  listenersAt: (role: string) => EarlierListeners = () => ({}),
): BudgetInput | null {
  const { load, subject } = plan.scenario;
  if (subject !== load.from) return null;
  const clients = plan.peers.filter((peer) => peer.kind === subject);
  const servers = plan.peers.filter((peer) => peer.kind === load.to);
  const [client] = clients;
  const settings = new Map<PeerPlan, Settings>();
  for (const peer of [...clients, ...servers]) {
    const sysctls = sysctlsOf(peer.role);
    if (sysctls === null) return null;
    settings.set(peer, sysctls);
  }
  const own = client === undefined ? undefined : settings.get(client);
  if (client === undefined || own === undefined) return null;
  const binds = choosesPortFirst(load);
  const destinations = Math.max(1, targetsOf(plan, client.role, load.to).length);
  const { listening = [], ofOneAddress = [] } = listenersAt(client.role);
  const earlier = binds ? listening.filter((port) => !ofOneAddress.includes(port)) : listening;
  const supply = portSupply(own, [...earlier, ...client.serves.flatMap((spec) => spec.ports)]);
  const keepers = load.closePolicy === 'server-fin' ? servers : clients;
  return {
    ports: supply.usable,
    supply,
    // bind(2) before connect(2) chooses the port before the destination is known: destinations do not multiply then.
    destinations: binds ? 1 : destinations,
    ...(binds && destinations > 1 && { sharedBy: destinations }),
    sources: clients.length * Math.max(1, load.bindAddresses),
    // bind(2) never reuses a TIME_WAIT port (measured: 2,000 of 2,000 four-tuples, 0 recycled with tcp_tw_reuse=1).
    reuse:
      !binds &&
      clients.every((peer) =>
        reuseActs(
          settings.get(peer)?.['net.ipv4.tcp_tw_reuse'],
          targetsOf(plan, peer.role, load.to).map(({ address }) => address),
        ),
      ) &&
      [...settings.values()].every((sysctls) => sysctls['net.ipv4.tcp_timestamps'] !== '0'),
    reuseDelayMs: Number(own['net.ipv4.tcp_tw_reuse_delay'] ?? 1000),
    ...(!searchesByParity(own) && { randomStep: true }),
    buckets: sumOf(keepers.map((peer) => settings.get(peer)?.['net.ipv4.tcp_max_tw_buckets'])),
    ...facts,
    load,
  };
}

/** Whether bind(2) chooses the port, before the destination is known. */
export function choosesPortFirst({ bindAddresses, bindNoPort }: LoadSpec): boolean {
  return bindAddresses > 0 && !bindNoPort;
}

/** Every peer that keeps TIME_WAITs has its own limit. `null`: one of them was not read. */
function sumOf(values: readonly (string | null | undefined)[]): number | null {
  return values.reduce<number | null>(
    (sum, value) => (sum === null || value === null || value === undefined ? null : sum + Number(value)),
    0,
  );
}
