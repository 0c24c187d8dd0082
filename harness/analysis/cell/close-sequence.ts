import type { ClosePolicy, TcpState } from '../../model/vocabulary.ts';

/** The two ends of a connection, by who opened it. */
export const ends = ['opener', 'acceptor'] as const;
export type End = (typeof ends)[number];

/** A state as `ss` names it, or none: the socket no longer exists. */
export type EndState = TcpState | 'CLOSED';

export interface Packet {
  from: End;
  /** `SYN`, `SYN ACK`, `ACK`, `FIN ACK`, `RST ACK`, or `request` and `answer` for the packets that carry data. */
  text: string;
  /** The state of each end once this packet has arrived; of two that cross: once both were sent, once both arrived. */
  states: Readonly<Record<End, EndState>>;
  /** Which of its neighbours in the sequence crosses it, in the other direction. */
  crosses?: 'next' | 'previous';
}

type Row = [from: End, text: string, opener: EndState, acceptor: EndState, crosses?: Packet['crosses']];

const packet = ([from, text, opener, acceptor, crosses]: Row): Packet => ({
  from,
  text,
  states: { opener, acceptor },
  ...(crosses !== undefined && { crosses }),
});

/** RFC 9293, figure 6. */
const handshake = (
  [
    ['opener', 'SYN', 'SYN_SENT', 'SYN_RECV'],
    ['acceptor', 'SYN ACK', 'ESTABLISHED', 'SYN_RECV'],
    ['opener', 'ACK', 'ESTABLISHED', 'ESTABLISHED'],
  ] satisfies Row[]
).map(packet);

/** One request and its answer. Linux acknowledges the first data of a connection at once, not with the answer. */
const exchange = (
  [
    ['opener', 'request', 'ESTABLISHED', 'ESTABLISHED'],
    ['acceptor', 'ACK', 'ESTABLISHED', 'ESTABLISHED'],
    ['acceptor', 'answer', 'ESTABLISHED', 'ESTABLISHED'],
    ['opener', 'ACK', 'ESTABLISHED', 'ESTABLISHED'],
  ] satisfies Row[]
).map(packet);

/** When the end that receives the first FIN closes: as soon as it reads it, later, or not by the end of the cell. */
export type SecondClose = 'at-once' | 'late' | 'never';

/** RFC 9293, figure 12. An end that closes at once sends its FIN with the ACK, which Linux delays (tcp_fin(), tcp_input.c). */
function finClose(first: End, second: SecondClose): Packet[] {
  const other = first === 'opener' ? 'acceptor' : 'opener';
  const by = (from: End, text: string, ofFirst: EndState, ofOther: EndState) =>
    packet(first === 'opener' ? [from, text, ofFirst, ofOther] : [from, text, ofOther, ofFirst]);
  return [
    by(first, 'FIN ACK', 'FIN_WAIT1', 'CLOSE_WAIT'),
    ...(second === 'at-once' ? [] : [by(other, 'ACK', 'FIN_WAIT2', 'CLOSE_WAIT')]),
    ...(second === 'never'
      ? []
      : [by(other, 'FIN ACK', 'TIME_WAIT', 'LAST_ACK'), by(first, 'ACK', 'TIME_WAIT', 'CLOSED')]),
  ];
}

/** RFC 9293, figure 13. */
const bothClose = (
  [
    ['opener', 'FIN ACK', 'FIN_WAIT1', 'FIN_WAIT1', 'next'],
    ['acceptor', 'FIN ACK', 'CLOSING', 'CLOSING', 'previous'],
    ['opener', 'ACK', 'CLOSING', 'CLOSING', 'next'],
    ['acceptor', 'ACK', 'TIME_WAIT', 'TIME_WAIT', 'previous'],
  ] satisfies Row[]
).map(packet);

function closeOf(policy: ClosePolicy, second: SecondClose): readonly Packet[] {
  switch (policy) {
    case 'client-fin':
      return finClose('opener', second);
    case 'server-fin':
      return finClose('acceptor', second);
    case 'simultaneous':
      return bothClose;
    // RFC 9293, section 3.10.7.4: a reset ends both at once.
    case 'client-rst':
      return [packet(['opener', 'RST ACK', 'CLOSED', 'CLOSED'])];
    case 'server-rst':
      return [packet(['acceptor', 'RST ACK', 'CLOSED', 'CLOSED'])];
    case 'leak':
      return [];
  }
}

/** A connection from its SYN to the end, as far as it is known without a capture. */
export interface Sequence {
  before: readonly Packet[];
  /** Packets of requests and answers between `before` and `after` are left out. */
  abbreviated: boolean;
  after: readonly Packet[];
}

/** The known sequence of a close policy: one request, or several with their packets left out. Pure. */
export function closeSequence(
  policy: ClosePolicy,
  requests: 'one' | 'several',
  second: SecondClose = 'at-once',
): Sequence {
  const before = requests === 'one' ? [...handshake, ...exchange] : handshake;
  return { before, abbreviated: requests === 'several', after: closeOf(policy, second) };
}

/** How many packets each end sends in a sequence of one request. */
export function packetsSent(policy: ClosePolicy, second: SecondClose = 'at-once'): Record<End, number> {
  const { before, after } = closeSequence(policy, 'one', second);
  const sent = (end: End) => [...before, ...after].filter(({ from }) => from === end).length;
  return { opener: sent('opener'), acceptor: sent('acceptor') };
}
