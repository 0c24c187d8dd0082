import { sampledFamilies, stateFamilies } from './level-metrics.ts';
import { peerFields as fields, type PeerFamily, rolesMeant, row, traits } from './metric-families.ts';
import type { MeasuredCell, PeerReport } from './report.ts';
import { tcpStates } from './vocabulary.ts';

/** Peaks of TIME_WAIT follow the rate, which in a closed loop follows the CPU. */
const peakCompared = { by: 'value', tolerance: 20, minimumEffect: { open: 0.1, closed: 0.2 } } as const;

/**
 * Connections established in a cell: the engine's count, or the kernels' own (ActiveOpens − AttemptFails
 * of all peers) where the engine does not report it. `null`: neither was read.
 */
export function connectionsOf(cell: MeasuredCell): number | null {
  if (cell.load.connected !== null) return cell.load.connected;
  let opened: number | null = null;
  for (const { counters } of Object.values(cell.peers)) {
    const opens = counters['Tcp.ActiveOpens'];
    if (opens !== undefined) opened = (opened ?? 0) + opens - (counters['Tcp.AttemptFails'] ?? 0);
  }
  return opened;
}

function perConnection(count: number | null, cell: MeasuredCell): number | null {
  const connections = connectionsOf(cell);
  return count === null || connections === null || connections === 0 ? null : count / connections;
}

function perThousand(count: number | null, cell: MeasuredCell): number | null {
  const ratio = perConnection(count, cell);
  return ratio === null ? null : ratio * 1000;
}

/**
 * In a closed loop a setting that merely slows the load lowers every count, so each count is also given per 1,000
 * connections there.
 */
const perThousandRow = (label: string) =>
  row(`${label} per 1,000 connections`, {
    positive: true,
    when: (cells) => cells.every(({ load }) => load.rate.offered === null),
  });

/** Metrics of one peer; those in the comparison table in its order. */
export const peerFamilies: readonly PeerFamily[] = [
  ...stateFamilies('ESTABLISHED'),
  fields(
    'timeWait.',
    ['peak'],
    traits('level', 'count', 'lower', 'highest sockstat "TCP: tw" of all samples', {
      compared: peakCompared,
      row: row('TIME_WAIT peak'),
    }),
    (peer) => peer.timeWait.peak,
  ),
  ...tcpStates.filter((state) => state !== 'ESTABLISHED').flatMap(stateFamilies),
  fields(
    'timeWait.',
    ['created'],
    traits('count', 'count', 'neutral', 'netstat TcpExt TW + TWKilled, minus timeWait.finWait2', {
      row: row('TIME_WAIT created', { positive: true }),
    }),
    (peer) => peer.timeWait.created,
  ),
  fields(
    'timeWait.',
    ['finWait2'],
    traits('count', 'count', 'lower', 'counted under TW, but FIN_WAIT2 that never became TIME_WAIT'),
    (peer) => peer.timeWait.finWait2 ?? 0,
  ),
  fields(
    'timeWait.',
    ['recycled'],
    traits('count', 'count', 'neutral', 'netstat TcpExt TWRecycled', {
      compared: { by: 'occurrence' },
      row: row('TIME_WAIT recycled', { positive: true }),
    }),
    (peer) => peer.timeWait.recycled,
  ),
  fields(
    'timeWait.',
    ['overflowed'],
    traits('count', 'count', 'lower', 'netstat TcpExt TCPTimeWaitOverflow', {
      compared: { by: 'occurrence' },
      row: row('TIME_WAIT overflowed', { positive: true }),
    }),
    (peer) => peer.timeWait.overflowed,
  ),
  fields(
    'timeWait.',
    ['live'],
    traits('level', 'count', 'lower', 'sockstat "TCP: tw" at the end'),
    (peer) => peer.timeWait.live,
  ),
  fields(
    'timeWait.',
    ['perConnection'],
    // Follows from who closes, and how. Tolerance: connections still open when the load ends, and closes that crossed.
    traits('share', 'ratio', 'lower', 'timeWait.created / connections established', {
      basis: 'exact',
      compared: { by: 'value', tolerance: 0.05, leastConnections: 100 },
    }),
    (peer, _name, cell) => perConnection(peer.timeWait.created, cell),
  ),
  fields(
    'timeWait.',
    ['peakPerThousand'],
    traits('level', 'count', 'lower', 'timeWait.peak per 1,000 connections established', {
      row: perThousandRow('TIME_WAIT peak'),
    }),
    (peer, _name, cell) => perThousand(peer.timeWait.peak, cell),
  ),
  fields(
    'timeWait.',
    ['createdPerThousand'],
    traits('level', 'count', 'lower', 'timeWait.created per 1,000 connections established', {
      row: perThousandRow('TIME_WAIT created'),
    }),
    (peer, _name, cell) => perThousand(peer.timeWait.created, cell),
  ),
  {
    ...traits('count', 'count', 'neutral', '/proc/net/snmp and /proc/net/netstat, growth over the cell'),
    scope: 'peer',
    group: 'counters',
    isOpen: false,
    pattern: '<role>.counters.<MIB>',
    match: /^counters\.((?:[A-Z][A-Za-z0-9]*\.)?[A-Z][A-Za-z0-9]*)$/,
    exported: { name: 'counters', labels: ['name'] },
    read: (peer, [name = '']) => counter(peer.counters, name),
    names: (peer) => Object.keys(peer.counters).map((name) => `counters.${name}`),
  },
  {
    ...traits('level', 'count', 'neutral', '/proc/net/tcp and tcp6 right after the load, by the other end'),
    scope: 'peer',
    group: 'hops',
    isOpen: false,
    pattern: '<role>.hops.to|from.<name>.<STATE>',
    match: new RegExp(`^hops\\.(to|from)\\.([a-z][a-z0-9-]*)\\.(${tcpStates.join('|')})$`),
    exported: { name: 'hops', labels: ['direction', 'peer', 'state'] },
    read: (peer, [way, other = '', state = ''], cell) =>
      hopCount(peer, way === 'to' ? 'opened' : 'accepted', rolesMeant(cell.peers, other), state),
    names: (peer) => [...new Set((peer.hops ?? []).flatMap(hopNames))],
  },
  fields(
    'conntrack.',
    ['timeWaitPeak'],
    traits('level', 'count', 'lower', 'conntrack -L', {
      compared: peakCompared,
      row: row('conntrack TIME_WAIT peak', { positive: true }),
    }),
    (peer) => peer.conntrack?.timeWaitPeak ?? null,
  ),
  fields(
    'conntrack.',
    ['timeWaitPeakPerThousand'],
    traits('level', 'count', 'lower', 'conntrack.timeWaitPeak per 1,000 connections established', {
      row: perThousandRow('conntrack TIME_WAIT peak'),
    }),
    (peer, _name, cell) => perThousand(peer.conntrack?.timeWaitPeak ?? null, cell),
  ),
  fields(
    'conntrack.',
    ['entriesPeak', 'timeWaitAtEnd', 'establishedAtEnd'],
    traits('level', 'count', 'lower', 'nf_conntrack_count and conntrack -L'),
    (peer, field) => peer.conntrack?.[field] ?? null,
  ),
  ...sampledFamilies,
  {
    ...traits('level', '', 'neutral', 'readings of the program under test'),
    scope: 'peer',
    group: 'gauges',
    isOpen: true,
    pattern: '<role>.gauges.<name>.first|last|max',
    match: /^gauges\.(.+)\.(first|last|max)$/,
    exported: { name: 'gauges', labels: ['name', null] },
    read: (peer, [name = '', field]) => peer.gauges[name]?.[field as 'max'] ?? null,
    names: (peer) => Object.keys(peer.gauges).flatMap((g) => ['first', 'last', 'max'].map((f) => `gauges.${g}.${f}`)),
  },
  {
    ...traits('share', 'ratio', 'neutral', 'mean busy share of one core during the load'),
    scope: 'peer',
    group: 'cpu',
    isOpen: true,
    pattern: '<role>.cpu.<thread>',
    match: /^cpu\.(.+)$/,
    exported: { name: 'cpu', labels: ['name'] },
    read: (peer, [name = '']) => peer.cpu?.[name] ?? null,
    names: (peer) => Object.keys(peer.cpu ?? {}).map((name) => `cpu.${name}`),
  },
  fields(
    'sampler.',
    ['ticks', 'missed', 'late'],
    traits('count', 'count', 'lower', 'the sampler itself'),
    (peer, field) => peer.sampler[field],
  ),
  fields(
    'sampler.',
    ['meanCostMs', 'maxCostMs'],
    traits('time', 'ms', 'lower', 'the sampler itself'),
    (peer, field) => peer.sampler[field],
  ),
];

type Hop = NonNullable<PeerReport['hops']>[number];

function hopNames({ way, role, states }: Hop): string[] {
  if (role === null) return [];
  return Object.keys(states).map((state) => `hops.${way === 'opened' ? 'to' : 'from'}.${role}.${state}`);
}

/** Sockets in a state with the peers of these roles together. `null`: not read, or there is no such peer. */
function hopCount(peer: PeerReport, way: Hop['way'], roles: readonly string[], state: string): number | null {
  if (peer.hops === undefined || roles.length === 0) return null;
  return peer.hops
    .filter((hop) => hop.way === way && hop.role !== null && roles.includes(hop.role))
    .reduce((sum, hop) => sum + (hop.states[state] ?? 0), 0);
}

/** `Tcp.ActiveOpens`, or `ActiveOpens` alone where only one table has it. `null`: not read. */
function counter(counters: Readonly<Record<string, number>>, name: string): number | null {
  const exact = counters[name];
  if (exact !== undefined) return exact;
  const same = Object.keys(counters).filter((key) => key.endsWith(`.${name}`));
  return same.length === 1 ? (counters[same[0] ?? ''] ?? null) : null;
}
