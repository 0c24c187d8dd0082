import type { TcpState } from '../model/vocabulary.ts';

const stateOfSs: Readonly<Record<string, TcpState>> = {
  ESTAB: 'ESTABLISHED',
  'SYN-SENT': 'SYN_SENT',
  'SYN-RECV': 'SYN_RECV',
  'FIN-WAIT-1': 'FIN_WAIT1',
  'FIN-WAIT-2': 'FIN_WAIT2',
  'TIME-WAIT': 'TIME_WAIT',
  'CLOSE-WAIT': 'CLOSE_WAIT',
  'LAST-ACK': 'LAST_ACK',
  CLOSING: 'CLOSING',
  LISTEN: 'LISTEN',
};

export interface StateCounts {
  states: Partial<Record<TcpState, number>>;
  /** FIN_WAIT2 kept as a timewait socket: included in sockstat's `tw`, but not in TIME_WAIT. */
  smallFinWait2: number;
}

/**
 * Counts the lines of `ss -Htano exclude time-wait` by state. TIME_WAIT is excluded because dumping tens of thousands
 * takes tens of milliseconds; sockstat has their number.
 */
export function parseSsStates(text: string): StateCounts {
  const states: Partial<Record<TcpState, number>> = {};
  let smallFinWait2 = 0;
  for (const line of text.split('\n')) {
    const word = line.slice(0, line.indexOf(' '));
    const state = stateOfSs[word];
    if (state === undefined) continue;
    states[state] = (states[state] ?? 0) + 1;
    if (state === 'FIN_WAIT2' && line.includes('timer:(timewait')) smallFinWait2++;
  }
  return { states, smallFinWait2 };
}

/** A number for every state: 0 if it is not in the dump; TIME_WAIT comes from sockstat. */
export function completeStates(counts: StateCounts, tw: number): Record<string, number> {
  const all: Record<string, number> = {};
  for (const state of Object.values(stateOfSs)) all[state] = counts.states[state] ?? 0;
  all.TIME_WAIT = Math.max(0, tw - counts.smallFinWait2);
  return all;
}
