import { type End, type EndState, ends, type Packet } from '../analysis/cell/close-sequence.ts';
import type { OneConnection } from '../analysis/cell/one-connection.ts';
import { figure } from '../model/figure.ts';
import type { ConnectionGroup } from './connection-groups.ts';

/** One connection as rows and notes, shared by all formats that show it. */

/** Packets that are not shown one by one, or that are never sent. */
export interface LeftOut {
  text: string;
}

export type ConnectionRow = Packet | LeftOut;

export const isPacket = (row: ConnectionRow): row is Packet => 'from' in row;

export function connectionRows(one: OneConnection): ConnectionRow[] {
  const { before, abbreviated, after } = one.sequence;
  const between = abbreviated ? [{ text: leftOutText(one.requests) }] : [];
  return [...before, ...between, ...after, ...neverText(one).map((text) => ({ text }))];
}

function neverText({ policy, second, ends }: OneConnection): string[] {
  if (policy === 'leak') return ['neither end closes'];
  if (second !== 'never') return [];
  return [`${policy === 'client-fin' ? ends.acceptor : ends.opener} does not close`];
}

function leftOutText(requests: number | null): string {
  if (requests === null) return 'requests and answers';
  return requests < 1.5 ? 'request and answer' : `${figure(Math.round(requests))} requests and answers`;
}

/** The state, with its duration where it has one. */
export function stateText(state: EndState): string {
  // TCP_TIMEWAIT_LEN (include/net/tcp.h).
  return state === 'TIME_WAIT' ? 'TIME_WAIT 60 s' : state;
}

/** `client-fin`, `client-fin, server does not close`. */
export function closeText(one: OneConnection): string {
  const { policy, second, counted, ends } = one;
  if (policy === 'leak') return 'neither end closes';
  if (!policy.endsWith('fin')) return policy;
  const other = policy === 'client-fin' ? ends.acceptor : ends.opener;
  if (second === 'never') return `${policy}, ${other} does not close`;
  return second === 'late' && counted !== null ? `${policy}, ${other} closes late` : policy;
}

/** Where the sequence is from, and how far the cells' counters confirm it; a sentence each. */
export function connectionNotes({ names, one }: ConnectionGroup): string[] {
  const { policy, second, ended, opened, counted } = one;
  return [
    // Connections of a pool stay open, too, whatever its policy is.
    policy === 'leak'
      ? 'Known sequence of a connection that neither end closes; not captured.'
      : `Known sequence of the close policy ${closeText(one)}; not captured.`,
    `${figure(ended)} of ${figure(opened)} connections of ${names.join(', ')} followed it: ${evidence(one)}.`,
    ...(counted === null ? [] : [countedText(one, counted)]),
    ...(counted === null && second === 'late' && policy.endsWith('fin')
      ? ['An end that closes at once sends its FIN with the ACK, and the other end passes no FIN_WAIT2.']
      : []),
  ];
}

function countedText(one: OneConnection, { opener, acceptor }: Readonly<Record<End, number>>): string {
  const figures = `${opener.toFixed(1)} packets sent and ${acceptor.toFixed(1)} received per connection`;
  const counts = `The kernel of ${one.ends.opener} counted ${figures}`;
  return one.policy === 'simultaneous'
    ? `${counts}: 11 in all where the FINs crossed, 10 where one end closed first.`
    : `${counts}, as many as in this sequence.`;
}

/** What the counters show about the connections that are counted. */
function evidence({ policy, second, ends: { opener, acceptor } }: OneConnection): string {
  switch (policy) {
    case 'client-fin':
      return second === 'never' ? `in CLOSE_WAIT at ${acceptor} at the end` : `each left its TIME_WAIT at ${opener}`;
    case 'server-fin':
      return second === 'never' ? `in CLOSE_WAIT at ${opener} at the end` : `each left its TIME_WAIT at ${acceptor}`;
    case 'simultaneous':
      return 'each left a TIME_WAIT at both ends';
    case 'client-rst':
      return `${opener} sent an RST when it closed (TCPAbortOnData)`;
    case 'server-rst':
      return `${acceptor} sent an RST when it closed (TCPAbortOnData)`;
    case 'leak':
      return `in ESTABLISHED at ${opener} at the end`;
  }
}

/** The state of an end after each row, where it changes; otherwise `null`. */
export function changedStates(rows: readonly ConnectionRow[], end: End): (EndState | null)[] {
  let last: EndState | null = null;
  return rows.map((row) => {
    if (!isPacket(row) || row.states[end] === last) return null;
    last = row.states[end];
    return last;
  });
}

/** The sequence in words: `client sends SYN: client SYN_SENT, server SYN_RECV; …`. */
export function connectionText(one: OneConnection): string {
  const rows = connectionRows(one);
  const changed = { opener: changedStates(rows, 'opener'), acceptor: changedStates(rows, 'acceptor') };
  const steps = rows.map((row, i) => {
    if (!isPacket(row)) return row.text;
    const states = ends.flatMap((end) => {
      const state = changed[end][i] ?? null;
      return state === null ? [] : [`${one.ends[end]} ${stateText(state)}`];
    });
    return `${one.ends[row.from]} sends ${row.text}${states.length > 0 ? `: ${states.join(', ')}` : ''}`;
  });
  return `One connection between ${one.ends.opener} and ${one.ends.acceptor}. ${steps.join('; ')}.`;
}
