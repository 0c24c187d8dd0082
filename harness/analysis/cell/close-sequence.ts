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

/**
 * RFC 9293, figures 12 (one end closes first) and 13 (both at once); a reset, section 3.10.7. A program that closes as
 * soon as it reads the end sends its FIN with the ACK of the other's: Linux delays that ACK (tcp_fin(), tcp_input.c).
 */
const closes: Record<ClosePolicy, readonly Packet[]> = {
  'client-fin': (
    [
      ['opener', 'FIN ACK', 'FIN_WAIT1', 'CLOSE_WAIT'],
      ['acceptor', 'FIN ACK', 'TIME_WAIT', 'LAST_ACK'],
      ['opener', 'ACK', 'TIME_WAIT', 'CLOSED'],
    ] satisfies Row[]
  ).map(packet),
  'server-fin': (
    [
      ['acceptor', 'FIN ACK', 'CLOSE_WAIT', 'FIN_WAIT1'],
      ['opener', 'FIN ACK', 'LAST_ACK', 'TIME_WAIT'],
      ['acceptor', 'ACK', 'CLOSED', 'TIME_WAIT'],
    ] satisfies Row[]
  ).map(packet),
  simultaneous: (
    [
      ['opener', 'FIN ACK', 'FIN_WAIT1', 'FIN_WAIT1', 'next'],
      ['acceptor', 'FIN ACK', 'CLOSING', 'CLOSING', 'previous'],
      ['opener', 'ACK', 'CLOSING', 'CLOSING', 'next'],
      ['acceptor', 'ACK', 'TIME_WAIT', 'TIME_WAIT', 'previous'],
    ] satisfies Row[]
  ).map(packet),
  'client-rst': [packet(['opener', 'RST ACK', 'CLOSED', 'CLOSED'])],
  'server-rst': [packet(['acceptor', 'RST ACK', 'CLOSED', 'CLOSED'])],
  leak: [],
};

/** A connection from its SYN to the end, as far as it is known without a capture. */
export interface Sequence {
  before: readonly Packet[];
  /** Packets of requests and answers between `before` and `after` are left out. */
  abbreviated: boolean;
  after: readonly Packet[];
}

/** The known sequence of a close policy: one request, or several with their packets left out. Pure. */
export function closeSequence(policy: ClosePolicy, requests: 'one' | 'several'): Sequence {
  const before = requests === 'one' ? [...handshake, ...exchange] : handshake;
  return { before, abbreviated: requests === 'several', after: closes[policy] };
}

/** How many packets each end sends in a sequence of one request. */
export function packetsSent(policy: ClosePolicy): Record<End, number> {
  const { before, after } = closeSequence(policy, 'one');
  const sent = (end: End) => [...before, ...after].filter(({ from }) => from === end).length;
  return { opener: sent('opener'), acceptor: sent('acceptor') };
}
