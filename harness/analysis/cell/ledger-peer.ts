import type { Counters } from '../../model/journal.ts';

/** What the ledger needs from one peer: the growth of its counters, and what is still open at the end. */
export interface LedgerPeer {
  role: string;
  counters: Counters;
  /** sockstat `tw` at the end. */
  tw: number;
  /** Connections that are still there at the end and not counted as timewait sockets. */
  open: number;
  /** SYN_SENT at the end: counted by ActiveOpens, and by nothing else yet. */
  opening: number;
  /** SYN_RECV at the end: not yet counted by PassiveOpens, though the other side may be ESTABLISHED. */
  accepting: number;
  /** Of `open`: connections whose other side is the one that closes late or never (CLOSE_WAIT here). */
  closeWait: number;
  /** Counters over time, for runs that outlive the first TIME_WAIT; times in ms. */
  history: readonly { t: number; counters: Counters }[];
  endAt: number;
}
