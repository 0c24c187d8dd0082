import type { Unit } from './figure.ts';
import { didYouMean, shortened } from './nearest.ts';
import type { Observation } from './observation.ts';

/** A figure of an observation: for gates, compare, history and OpenMetrics. */
export interface ObservationMetric {
  unit: Unit;
  better: 'lower' | 'higher' | 'neutral';
  source: string;
  /** `null`: not read, or it does not occur (nothing runs out). */
  read(observation: Observation): number | string | null;
}

const most = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
};
const least = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
};
const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);

const rate = (name: keyof Observation['rates'], better: 'lower' | 'neutral', source: string): ObservationMetric => ({
  unit: '/s',
  better,
  source,
  read: ({ rates }) => rates[name],
});

/** Every metric of an observation, by name. docs/observe.md lists them. */
export const observationMetrics: Readonly<Record<string, ObservationMetric>> = {
  verdict: { unit: '', better: 'neutral', source: 'the worst verdict', read: (o) => o.verdict },
  'destinations.count': {
    unit: 'count',
    better: 'neutral',
    source: 'pairs of a source and a destination that connections were opened to',
    read: (o) => o.destinations.length,
  },
  'destinations.max.share': {
    unit: 'ratio',
    better: 'lower',
    source: 'share of the usable ports that the fullest destination uses',
    read: (o) => most([0, ...o.destinations.map(({ share }) => share)]),
  },
  'destinations.max.used': {
    unit: 'count',
    better: 'lower',
    source: 'ports that the fullest destination uses',
    read: (o) => most([0, ...o.destinations.map(({ used }) => used)]),
  },
  'destinations.max.openedPerSec': {
    unit: '/s',
    better: 'neutral',
    source: 'new connections to the busiest destination',
    read: (o) => most(o.destinations.map(({ openedPerSec }) => openedPerSec)),
  },
  'destinations.max.plateau': {
    unit: 'count',
    better: 'lower',
    source: 'predicted TIME_WAITs of one destination in the long run',
    read: (o) => most(o.destinations.map(({ outlook }) => outlook.plateau)),
  },
  'destinations.min.exhaustedInMs': {
    unit: 'ms',
    better: 'higher',
    source: 'until the first destination runs out of ports',
    read: (o) => least(o.destinations.map(({ outlook }) => outlook.exhaustedInMs)),
  },
  'destinations.min.cliffInMs': {
    unit: 'ms',
    better: 'higher',
    source: 'until the first destination uses half of the ports',
    read: (o) => least(o.destinations.map(({ outlook }) => outlook.cliffInMs)),
  },
  'states.timeWait': {
    unit: 'count',
    better: 'lower',
    source: 'TIME_WAITs of both directions',
    read: (o) => o.states.TIME_WAIT ?? 0,
  },
  'states.established': {
    unit: 'count',
    better: 'neutral',
    source: 'ESTABLISHED connections of both directions',
    read: (o) => o.states.ESTABLISHED ?? 0,
  },
  'states.closeWait': {
    unit: 'count',
    better: 'lower',
    source: 'CLOSE_WAIT connections of both directions',
    read: (o) => o.states.CLOSE_WAIT ?? 0,
  },
  'processes.max.closeWait': {
    unit: 'count',
    better: 'lower',
    source: 'CLOSE_WAIT connections of one process',
    read: (o) => most([0, ...o.processes.map(({ closeWait }) => closeWait)]),
  },
  'listeners.timeWait': {
    unit: 'count',
    better: 'lower',
    source: 'TIME_WAITs of accepted connections',
    read: (o) => sum(o.listeners.map(({ states }) => states.TIME_WAIT ?? 0)),
  },
  'listeners.max.waiting': {
    unit: 'count',
    better: 'lower',
    source: 'connections that wait for accept() on one port',
    read: (o) => most([0, ...o.listeners.map(({ waiting }) => waiting)]),
  },
  'listeners.inRange': {
    unit: 'count',
    better: 'lower',
    source: 'listeners inside the port range whose ports are not reserved',
    read: (o) => o.listeners.filter(({ isInRange }) => isInRange).length,
  },
  'ports.usable': { unit: 'count', better: 'higher', source: 'usable ports of the range', read: (o) => o.ports.usable },
  'conntrack.share': {
    unit: 'ratio',
    better: 'lower',
    source: 'nf_conntrack_count of nf_conntrack_max',
    read: ({ conntrack }) =>
      conntrack === null || conntrack.max === null || conntrack.max === 0 ? null : conntrack.count / conntrack.max,
  },
  'rates.opened': rate('opened', 'neutral', 'Tcp.ActiveOpens'),
  'rates.accepted': rate('accepted', 'neutral', 'Tcp.PassiveOpens'),
  'rates.timeWait': rate('timeWait', 'lower', 'TcpExt.TW and TcpExt.TWKilled'),
  'rates.recycled': rate('recycled', 'neutral', 'TcpExt.TWRecycled'),
  'rates.overflowed': rate('overflowed', 'lower', 'TcpExt.TCPTimeWaitOverflow'),
  'rates.failed': rate('failed', 'lower', 'Tcp.AttemptFails'),
  'rates.resetsSent': rate('resetsSent', 'lower', 'Tcp.OutRsts'),
  'rates.synRetransmits': rate('synRetransmits', 'lower', 'TcpExt.TCPSynRetrans'),
  'rates.listenOverflows': rate('listenOverflows', 'lower', 'TcpExt.ListenOverflows'),
  'cost.cpuMs': {
    unit: 'ms',
    better: 'lower',
    source: 'CPU time of the observation itself',
    read: (o) => o.cost.cpuMs,
  },
};

/** What is wrong with the name of a metric of an observation; `null`: it is one. */
export function unknownObservationMetric(name: string): { message: string; hint: string } | null {
  if (Object.hasOwn(observationMetrics, name)) return null;
  const message = `an observation has no metric \`${shortened(name)}\``;
  return { message, hint: didYouMean(name, Object.keys(observationMetrics)) };
}
