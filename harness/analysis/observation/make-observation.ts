import type { Observation, ObservedDestination } from '../../model/observation.ts';
import { observationVersion } from '../../model/observation.ts';
import { searchesByParity } from '../../model/port-search.ts';
import { portSupply } from '../../model/port-supply.ts';
import type { QuickLook, SocketLook } from '../../model/socket-look.ts';
import { defaultPortRange, parsePortRange, portRangeKey } from '../../model/sysctls.ts';
import type { Verdict } from '../../model/vocabulary.ts';
import { destinationsOf, Owners, statesOf } from './destinations.ts';
import { adviceFor, headlineOf } from './findings.ts';
import type { ObservationInput, PortFacts } from './input.ts';
import { listenersOf } from './listeners.ts';
import { counterRate, trafficOf } from './traffic.ts';

/** Concludes from what was read: who uses how much of the range, how fast, who closes, and what happens next. Pure. */
export function makeObservation(input: ObservationInput): Observation {
  const { sightings, settings } = input;
  const last = sightings.looks.at(-1) as SocketLook;
  const facts = portFacts(input);
  const { ends, unattributed, closesFirst } = trafficOf(
    sightings,
    facts.reuse === '0' || !facts.hasTimestamps ? null : facts.reuseDelayMs,
  );
  const owners = new Owners(input);
  const destinations = destinationsOf(ends, facts, owners, input.addressText);
  const processes = owners.processes();
  const rate = (...names: string[]) => counterRate(sightings, ...names);
  const observed: Omit<Observation, 'headline' | 'advice'> = {
    observationVersion,
    lab: input.lab,
    kernel: input.kernel,
    startedAt: input.startedAt,
    durationMs: Math.round(input.durationMs),
    target: input.target,
    verdict: overall(destinations, [
      ...processes.map((process) => process.verdict),
      ...((rate('TcpExt.TCPTimeWaitOverflow') ?? 0) > 0 ? (['overflow'] as const) : []),
    ]),
    ports: { ...facts.range, ...facts.supply },
    settings: { ...settings },
    states: statesOf(
      Array.from({ length: 13 }, (_, state) => last.groups.reduce((sum, group) => sum + (group.states[state] ?? 0), 0)),
    ),
    timeWait: (sightings.quick.at(-1) as QuickLook).tw,
    rates: {
      opened: rate('Tcp.ActiveOpens'),
      accepted: rate('Tcp.PassiveOpens'),
      timeWait: rate('TcpExt.TW', 'TcpExt.TWKilled'),
      recycled: rate('TcpExt.TWRecycled'),
      overflowed: rate('TcpExt.TCPTimeWaitOverflow'),
      failed: rate('Tcp.AttemptFails'),
      resetsSent: rate('Tcp.OutRsts'),
      synRetransmits: rate('TcpExt.TCPSynRetrans'),
      listenOverflows: rate('TcpExt.ListenOverflows'),
      unattributed,
    },
    closesFirst,
    destinations,
    listeners: listenersOf(input, ends, facts, input.addressText),
    processes,
    conntrack: conntrackOf(input),
    unreadable: input.unreadable,
    otherNamespaces: input.otherNamespaces,
    cost: {
      cpuMs: round(sightings.cpuMs),
      share: Math.round((sightings.cpuMs / Math.max(1, input.durationMs)) * 1e5) / 1e5,
      looks: sightings.looks.length,
      rows: last.rows,
      lookMs: round(last.tookMs),
      longestReadMs: longestOf(sightings.looks.flatMap((look) => look.longestReadMs ?? [])),
    },
  };
  return { ...observed, headline: headlineOf(observed), advice: adviceFor(observed) };
}

function portFacts({ settings, sightings }: ObservationInput): PortFacts {
  const last = sightings.looks.at(-1) as SocketLook;
  const buckets = settings['net.ipv4.tcp_max_tw_buckets'];
  const reuse = settings['net.ipv4.tcp_tw_reuse'];
  return {
    range: parsePortRange(settings[portRangeKey] ?? '') ?? defaultPortRange,
    supply: portSupply(
      settings,
      last.listeners.map(({ port }) => port),
    ),
    // Without a value that was read: the default since Linux 4.19.
    reuse: reuse === '0' || reuse === '1' ? reuse : '2',
    hasTimestamps: settings['net.ipv4.tcp_timestamps'] !== '0',
    reuseDelayMs: Number(settings['net.ipv4.tcp_tw_reuse_delay'] ?? 1000),
    buckets: buckets == null ? null : Number(buckets),
    ...(!searchesByParity(settings) && { randomStep: true }),
  };
}

const severity: readonly Verdict[] = ['exhausted', 'overflow', 'leaking', 'degraded', 'inconclusive', 'healthy'];

function overall(destinations: readonly ObservedDestination[], others: readonly Verdict[]): Verdict {
  const all = [...destinations.map(({ verdict }) => verdict), ...others];
  return severity.find((verdict) => all.includes(verdict)) ?? 'healthy';
}

function conntrackOf({ settings, conntrackTimeWait }: ObservationInput): Observation['conntrack'] {
  const count = settings['net.netfilter.nf_conntrack_count'];
  if (count == null) return null;
  const max = settings['net.netfilter.nf_conntrack_max'];
  return { count: Number(count), max: max == null ? null : Number(max), timeWait: conntrackTimeWait };
}

function longestOf(times: readonly number[]): number | null {
  return times.length === 0 ? null : round(Math.max(...times));
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
