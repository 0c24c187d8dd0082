import { type PeerFamily, rolesMeant, type Traits, traits } from './metric-families.ts';
import type { MeasuredCell, PeerReport } from './report.ts';
import { tcpStates } from './vocabulary.ts';

const states = tcpStates.join('|');
const badStates = new Set(['TIME_WAIT', 'CLOSE_WAIT', 'FIN_WAIT2', 'LAST_ACK', 'CLOSING']);

/**
 * Connections established in a cell: the engine's count, or the kernels' own (ActiveOpens − AttemptFails
 * of all peers) where the engine does not tell. `null`: neither was read.
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

const timeWait = (field: keyof PeerReport['timeWait'], t: Traits): PeerFamily => ({
  ...t,
  scope: 'peer',
  pattern: `<role>.timeWait.${field}`,
  match: new RegExp(`^timeWait\\.${field}$`),
  read: (peer) => peer.timeWait[field] ?? 0,
  names: () => [`timeWait.${field}`],
});

const stateFamily = (state: string): PeerFamily => ({
  ...traits('level', 'count', badStates.has(state) ? 'lower' : 'neutral', 'inet_diag dump; TIME_WAIT from sockstat'),
  scope: 'peer',
  pattern: `<role>.states.${state}.peak|atEnd|mean`,
  match: new RegExp(`^states\\.${state}\\.(peak|atEnd|mean)$`),
  read: (peer, [field]) => peer.states[state as keyof PeerReport['states']]?.[field as 'peak'] ?? null,
  names: () => ['peak', 'atEnd', 'mean'].map((field) => `states.${state}.${field}`),
});

/** Metrics of one peer. */
export const peerFamilies: readonly PeerFamily[] = [
  timeWait('peak', traits('level', 'count', 'lower', 'highest sockstat "TCP: tw" of all samples')),
  timeWait('created', traits('count', 'count', 'neutral', 'netstat TcpExt TW + TWKilled, less timeWait.finWait2')),
  timeWait(
    'finWait2',
    traits('count', 'count', 'lower', 'counted under TW, but FIN_WAIT2 that never became TIME_WAIT'),
  ),
  timeWait('recycled', traits('count', 'count', 'neutral', 'netstat TcpExt TWRecycled')),
  timeWait('overflowed', traits('count', 'count', 'lower', 'netstat TcpExt TCPTimeWaitOverflow')),
  timeWait('live', traits('level', 'count', 'lower', 'sockstat "TCP: tw" at the end')),
  {
    ...traits('share', 'ratio', 'lower', 'timeWait.created / connections established', 'exact'),
    scope: 'peer',
    pattern: '<role>.timeWait.perConnection',
    match: /^timeWait\.perConnection$/,
    read: (peer, _groups, cell) => {
      const connections = connectionsOf(cell);
      return connections === null || connections === 0 ? null : peer.timeWait.created / connections;
    },
    names: () => ['timeWait.perConnection'],
  },
  ...states.split('|').map(stateFamily),
  {
    ...traits('count', 'count', 'neutral', '/proc/net/snmp and /proc/net/netstat, growth over the cell'),
    scope: 'peer',
    pattern: '<role>.counters.<MIB>',
    match: /^counters\.((?:[A-Z][A-Za-z0-9]*\.)?[A-Z][A-Za-z0-9]*)$/,
    read: (peer, [name = '']) => counter(peer.counters, name),
    names: (peer) => Object.keys(peer.counters).map((name) => `counters.${name}`),
  },
  {
    ...traits('level', 'count', 'neutral', '/proc/net/tcp right after the load, by the other end'),
    scope: 'peer',
    pattern: '<role>.hops.to|from.<name>.<STATE>',
    match: new RegExp(`^hops\\.(to|from)\\.([a-z][a-z0-9-]*)\\.(${states})$`),
    read: (peer, [way, other = '', state = '']) => hopCount(peer, way === 'to' ? 'opened' : 'accepted', other, state),
    names: (peer) =>
      (peer.hops ?? []).flatMap(({ way, role, states: counts }) =>
        role === null
          ? []
          : Object.keys(counts).map((state) => `hops.${way === 'opened' ? 'to' : 'from'}.${role}.${state}`),
      ),
  },
  {
    ...traits('level', 'count', 'lower', 'nf_conntrack_count and conntrack -L'),
    scope: 'peer',
    pattern: '<role>.conntrack.entriesPeak|timeWaitPeak|timeWaitAtEnd|establishedAtEnd',
    match: /^conntrack\.(entriesPeak|timeWaitPeak|timeWaitAtEnd|establishedAtEnd)$/,
    read: (peer, [field]) => peer.conntrack?.[field as 'entriesPeak'] ?? null,
    names: (peer) => Object.keys(peer.conntrack ?? {}).map((field) => `conntrack.${field}`),
  },
  {
    ...traits('level', '', 'neutral', 'readings of the program under test'),
    scope: 'peer',
    pattern: '<role>.gauges.<name>.first|last|max',
    match: /^gauges\.(.+)\.(first|last|max)$/,
    read: (peer, [name = '', field]) => peer.gauges[name]?.[field as 'max'] ?? null,
    names: (peer) => Object.keys(peer.gauges).flatMap((g) => ['first', 'last', 'max'].map((f) => `gauges.${g}.${f}`)),
  },
  {
    ...traits('share', 'ratio', 'neutral', 'mean busy share of one core during the load'),
    scope: 'peer',
    pattern: '<role>.cpu.<thread>',
    match: /^cpu\.(.+)$/,
    read: (peer, [name = '']) => peer.cpu?.[name] ?? null,
    names: (peer) => Object.keys(peer.cpu ?? {}).map((name) => `cpu.${name}`),
  },
  {
    ...traits('level', '', 'lower', 'the sampler, of itself'),
    scope: 'peer',
    pattern: '<role>.sampler.ticks|missed|late|meanCostMs|maxCostMs',
    match: /^sampler\.(ticks|missed|late|meanCostMs|maxCostMs)$/,
    read: (peer, [field]) => peer.sampler[field as 'ticks'],
    names: (peer) => Object.keys(peer.sampler).map((field) => `sampler.${field}`),
  },
];

/** Sockets in a state with one other peer, or with all of a role with a count. `null`: not read. */
function hopCount(peer: PeerReport, way: 'opened' | 'accepted', other: string, state: string): number | null {
  if (peer.hops === undefined) return null;
  const groups = peer.hops.filter((hop) => hop.way === way);
  const roles = rolesMeant([...new Set(groups.flatMap((hop) => hop.role ?? []))], other);
  return groups
    .filter((hop) => hop.role !== null && roles.includes(hop.role))
    .reduce((sum, hop) => sum + (hop.states[state] ?? 0), 0);
}

/** `Tcp.ActiveOpens`, or `ActiveOpens` alone where only one table has it. `null`: not read. */
function counter(counters: Readonly<Record<string, number>>, name: string): number | null {
  const exact = counters[name];
  if (exact !== undefined) return exact;
  const same = Object.keys(counters).filter((key) => key.endsWith(`.${name}`));
  return same.length === 1 ? (counters[same[0] ?? ''] ?? null) : null;
}
