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

export function connectionRows({ policy, sequence, requests }: OneConnection): ConnectionRow[] {
  const { before, abbreviated, after } = sequence;
  const between = abbreviated ? [{ text: leftOutText(requests) }] : [];
  const never = policy === 'leak' ? [{ text: 'neither end closes' }] : [];
  return [...before, ...between, ...after, ...never];
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

/** Where the sequence is from, and how far the cells' counters confirm it; a sentence each. */
export function connectionNotes({ names, one }: ConnectionGroup): string[] {
  const { policy, ended, opened, counted, sequence } = one;
  return [
    `Known sequence of the close policy ${policy}, not captured.`,
    `${figure(ended)} of ${figure(opened)} connections of ${names.join(', ')} followed it: ${evidence[policy](one.ends)}.`,
    ...(counted === null ? [] : [countedText(one, counted)]),
    ...(sequence.abbreviated && policy.endsWith('fin')
      ? ['The ACK of the first FIN may be a packet of its own, and the end that sent this FIN then passes FIN_WAIT2.']
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

const evidence: Record<OneConnection['policy'], (ends: OneConnection['ends']) => string> = {
  'client-fin': ({ opener }) => `each left its TIME_WAIT at ${opener}`,
  'server-fin': ({ acceptor }) => `each left its TIME_WAIT at ${acceptor}`,
  simultaneous: () => 'each left a TIME_WAIT at both ends',
  'client-rst': ({ opener }) => `${opener} sent an RST when it closed (TCPAbortOnData)`,
  'server-rst': ({ acceptor }) => `${acceptor} sent an RST when it closed (TCPAbortOnData)`,
  leak: ({ opener }) => `they were ESTABLISHED at ${opener} when the load ended`,
};

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
