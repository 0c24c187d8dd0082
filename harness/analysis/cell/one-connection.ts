import type { MeasuredCell, PeerReport } from '../../model/report.ts';
import type { ClosePolicy } from '../../model/vocabulary.ts';
import { closeSequence, type End, ends, packetsSent, type Sequence } from './close-sequence.ts';

/** One connection of a cell: the known sequence of the way in which its connections were measured to end. */
export interface OneConnection {
  /** The way in which `ended` of the cell's `opened` connections ended. Not always the load's own policy. */
  policy: ClosePolicy;
  opened: number;
  ended: number;
  /** Peers by kind: `client`, `server`. */
  ends: Readonly<Record<End, string>>;
  /** Requests answered per connection; `null`: not counted. */
  requests: number | null;
  /** Packets per connection, counted by the kernel of the opener. `null`: they are not those of the sequence. */
  counted: Readonly<Record<End, number>> | null;
  sequence: Sequence;
}

/** Of all connections: below that, several ways of closing are mixed and none of them stands for the cell. */
const mostConnections = 0.9;
/** Of all packets of the opener: above that, packets were lost and retransmitted, and no known sequence is true. */
const mostRetransmitted = 0.01;
/** Packets per connection by which the count may differ from the sequence. */
const packetTolerance = 0.1;

/** Without one of them nothing is known: a counter that was not read is not 0. */
const needed = [
  'Tcp.ActiveOpens',
  'Tcp.PassiveOpens',
  'Tcp.AttemptFails',
  'Tcp.EstabResets',
  'Tcp.InSegs',
  'Tcp.OutSegs',
  'Tcp.RetransSegs',
  'TcpExt.TCPAbortOnData',
] as const;

/**
 * The sequence that the cell's counters show, whatever policy was asked for; `null`: they show none, because the
 * connections ended in different ways, packets were lost, or one kernel holds both ends. Pure.
 */
export function oneConnection(cell: MeasuredCell): OneConnection | null {
  const pair = pairOf(cell);
  if (pair === null) return null;
  const opener = sumOf(cell, pair.opener);
  const acceptor = sumOf(cell, pair.acceptor);
  const opened = opener.count('Tcp.ActiveOpens') - opener.count('Tcp.AttemptFails');
  if (opened <= 0 || opener.count('Tcp.RetransSegs') > mostRetransmitted * opener.count('Tcp.OutSegs')) return null;
  const { answers, closePolicy } = cell.load;
  // Without an answer on each connection there were connections without the request of the sequence.
  if (answers !== null && answers < mostConnections * opened) return null;
  const found = endOf(opened, opener, acceptor, closePolicy);
  if (found === null) return null;
  const { policy, ended } = found;
  const requests = answers === null ? null : answers / opened;
  const counted = { opener: opener.count('Tcp.OutSegs') / opened, acceptor: opener.count('Tcp.InSegs') / opened };
  const isCounted = requests !== null && Math.abs(requests - 1) < 0.01 && agrees(counted, policy, ended / opened);
  return {
    policy,
    opened,
    ended,
    ends: pair,
    requests,
    counted: isCounted ? counted : null,
    sequence: closeSequence(policy, isCounted ? 'one' : 'several'),
  };
}

/** The kind that only opens connections, and the one kind to which it opens them; `null`: there is no such pair. */
function pairOf({ peers }: MeasuredCell): Record<End, string> | null {
  const all = Object.values(peers);
  if (all.some(({ counters }) => needed.some((name) => counters[name] === undefined))) return null;
  const kindsWith = (wanted: (peer: PeerReport) => boolean) => [...new Set(all.filter(wanted).map(({ kind }) => kind))];
  const accepting = kindsWith(({ counters }) => (counters['Tcp.PassiveOpens'] ?? 0) > 0);
  const openers = kindsWith(({ counters }) => (counters['Tcp.ActiveOpens'] ?? 0) > 0).filter(
    (kind) => !accepting.includes(kind),
  );
  const [opener] = openers;
  if (opener === undefined || openers.length > 1) return null;
  const reached = all
    .filter(({ kind }) => kind === opener)
    .flatMap(({ hops = [] }) => hops)
    .flatMap(({ way, role }) => (way === 'opened' && role !== null ? [peers[role]?.kind ?? role] : []));
  const acceptors = reached.length > 0 ? [...new Set(reached)] : accepting;
  const [acceptor] = acceptors;
  return acceptor === undefined || acceptors.length > 1 ? null : { opener, acceptor };
}

interface Sum {
  count(name: (typeof needed)[number]): number;
  timeWaits: number;
  established: number;
}

function sumOf({ peers }: MeasuredCell, kind: string): Sum {
  const alike = Object.values(peers).filter((peer) => peer.kind === kind);
  const sum = (read: (peer: PeerReport) => number) => alike.reduce((total, peer) => total + read(peer), 0);
  return {
    count: (name) => sum(({ counters }) => counters[name] ?? 0),
    timeWaits: sum(({ timeWait }) => timeWait.created),
    established: sum(({ states }) => states.ESTABLISHED?.atEnd ?? 0),
  };
}

function endOf(
  opened: number,
  opener: Sum,
  acceptor: Sum,
  wanted: ClosePolicy,
): Pick<OneConnection, 'policy' | 'ended'> | null {
  // What else it opens leaves TIME_WAITs and resets that are not of these connections.
  const isLast = acceptor.count('Tcp.ActiveOpens') === 0;
  // An end keeps a TIME_WAIT if it sent its FIN before the other's arrived: both do if the FINs crossed.
  const both = isLast ? Math.max(0, opener.timeWaits + acceptor.timeWaits - opened) : 0;
  const resets = opener.count('Tcp.EstabResets') + (isLast ? acceptor.count('Tcp.EstabResets') : 0);
  if (wanted === 'simultaneous' && isLast) {
    return both > 0 && resets === 0 ? { policy: 'simultaneous', ended: both } : null;
  }
  const counts: [ClosePolicy, number][] = [
    ['client-fin', opener.timeWaits - both],
    ['server-fin', isLast ? acceptor.timeWaits - both : 0],
    // close() with SO_LINGER of 0 s; the other end counts the reset that arrives.
    ['client-rst', opener.count('TcpExt.TCPAbortOnData')],
    ['server-rst', isLast ? Math.min(acceptor.count('TcpExt.TCPAbortOnData'), opener.count('Tcp.EstabResets')) : 0],
    // Had the acceptor closed, the opener would be in CLOSE_WAIT.
    ['leak', opener.established],
  ];
  const [policy, ended] = counts.sort((a, b) => b[1] - a[1])[0] ?? ['leak', 0];
  return ended >= mostConnections * opened ? { policy, ended } : null;
}

/** Whether the packets counted are those of the sequence. `share`: of the connections for which the policy was measured. */
function agrees(counted: Readonly<Record<End, number>>, policy: ClosePolicy, share: number): boolean {
  const sent = packetsSent(policy);
  if (policy === 'simultaneous') {
    // The others closed one after the other, with 10 packets for 11; which end sent more of them depends on who was first.
    const total = counted.opener + counted.acceptor;
    return Math.abs(total - (10 + share)) <= packetTolerance;
  }
  return ends.every((end) => Math.abs(counted[end] - sent[end]) <= packetTolerance);
}
