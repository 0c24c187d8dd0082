import type { MeasuredCell, PeerReport } from '../../model/report.ts';
import type { ClosePolicy } from '../../model/vocabulary.ts';
import { closeSequence, type End, ends, packetsSent, type SecondClose, type Sequence } from './close-sequence.ts';

/** One connection of a cell: the known sequence of the way in which its connections were measured to end. */
export interface OneConnection {
  /** The way in which `ended` of the cell's `opened` connections ended. Not always the load's own policy. */
  policy: ClosePolicy;
  /** When the other end closed; `late`: also where the packets do not show whether at once. */
  second: SecondClose;
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
  const requests = answers === null ? null : answers / opened;
  const counted = { opener: opener.count('Tcp.OutSegs') / opened, acceptor: opener.count('Tcp.InSegs') / opened };
  const seconds: readonly SecondClose[] = found.isNever ? ['never'] : ['at-once', 'late'];
  const agreeing =
    requests !== null && Math.abs(requests - 1) < 0.01
      ? seconds.find((second) => agrees(counted, found, second, opened))
      : undefined;
  // TCPAbortOnData also counts a reset after a FIN, when data arrives for a socket that was closed (tcp_input.c).
  if (found.policy.endsWith('rst') && found.policy !== closePolicy && agreeing === undefined) return null;
  const second = agreeing ?? (found.isNever ? 'never' : 'late');
  return {
    policy: found.policy,
    second,
    opened,
    ended: found.ended,
    ends: pair,
    requests,
    counted: agreeing === undefined ? null : counted,
    sequence: closeSequence(found.policy, agreeing === undefined ? 'several' : 'one', second),
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
  /** Sockets in a state at the end. A state that was not read adds none, so that it proves nothing. */
  atEnd(state: 'ESTABLISHED' | 'CLOSE_WAIT'): number;
}

function sumOf({ peers }: MeasuredCell, kind: string): Sum {
  const alike = Object.values(peers).filter((peer) => peer.kind === kind);
  const sum = (read: (peer: PeerReport) => number) => alike.reduce((total, peer) => total + read(peer), 0);
  return {
    count: (name) => sum(({ counters }) => counters[name] ?? 0),
    timeWaits: sum(({ timeWait }) => timeWait.created ?? 0),
    atEnd: (state) => sum(({ states }) => states[state]?.atEnd ?? 0),
  };
}

/** How connections ended, and how many of them did. */
interface Found {
  policy: ClosePolicy;
  ended: number;
  /** The end that received the first FIN did not close. */
  isNever: boolean;
}

function endOf(opened: number, opener: Sum, acceptor: Sum, wanted: ClosePolicy): Found | null {
  // What else it opens leaves TIME_WAITs, resets and CLOSE_WAITs that are not of these connections.
  const isLast = acceptor.count('Tcp.ActiveOpens') === 0;
  const ofLast = (count: number) => (isLast ? count : 0);
  // An end keeps a TIME_WAIT if it sent its FIN before the other's arrived: both do if the FINs crossed.
  const both = ofLast(Math.max(0, opener.timeWaits + acceptor.timeWaits - opened));
  const resets = opener.count('Tcp.EstabResets') + ofLast(acceptor.count('Tcp.EstabResets'));
  if (wanted === 'simultaneous' && isLast) {
    return both > 0 && resets === 0 ? { policy: 'simultaneous', ended: both, isNever: false } : null;
  }
  const counts: [ClosePolicy, number, isNever?: true][] = [
    ['client-fin', opener.timeWaits - both],
    ['server-fin', ofLast(acceptor.timeWaits - both)],
    ['client-fin', ofLast(acceptor.atEnd('CLOSE_WAIT')), true],
    ['server-fin', opener.atEnd('CLOSE_WAIT'), true],
    // close() with SO_LINGER of 0 s; the other end counts the reset that arrives.
    ['client-rst', opener.count('TcpExt.TCPAbortOnData')],
    ['server-rst', ofLast(Math.min(acceptor.count('TcpExt.TCPAbortOnData'), opener.count('Tcp.EstabResets')))],
    // Had the acceptor closed, the opener would be in CLOSE_WAIT.
    ['leak', opener.atEnd('ESTABLISHED')],
  ];
  const [policy, ended, isNever = false] = counts.sort((a, b) => b[1] - a[1])[0] ?? ['leak', 0];
  return ended >= mostConnections * opened ? { policy, ended, isNever } : null;
}

/** Whether the packets counted are those of the sequence. */
function agrees(
  counted: Readonly<Record<End, number>>,
  { policy, ended }: Found,
  second: SecondClose,
  opened: number,
): boolean {
  if (policy === 'simultaneous') {
    // The others closed one after the other, with 10 packets for 11; which end sent more of them depends on who was first.
    return Math.abs(counted.opener + counted.acceptor - (10 + ended / opened)) <= packetTolerance;
  }
  const sent = packetsSent(policy, second);
  return ends.every((end) => Math.abs(counted[end] - sent[end]) <= packetTolerance);
}
