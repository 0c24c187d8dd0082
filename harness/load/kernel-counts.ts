import type { Counters, LoadCounts } from '../model/journal.ts';
import { monotonicMs } from '../probe/clock.ts';
import { readCounters } from '../probe/stack-reader.ts';
import { noLatencies } from './counts.ts';
import type { LoadInterval } from './engine.ts';

/** What no count of a load by its stack's counters can have. */
export const kernelBlindSpot =
  'connect() failures from port exhaustion are invisible here: no kernel counter records them';

/**
 * Connections by the counters of the peer's own stack, in which nothing but the load opens any. An attempt that connect(2)
 * refused because no port was free is in no counter: it is not seen, and so not counted.
 */
export function kernelCounts(before: Counters, now: Counters): LoadCounts {
  const grown = (name: string) => (now[name] ?? 0) - (before[name] ?? 0);
  const opened = grown('Tcp.ActiveOpens');
  const failed = grown('Tcp.AttemptFails');
  const open = Math.min(Math.max(0, opened - failed), now['Tcp.CurrEstab'] ?? 0);
  return {
    attempts: opened,
    connected: null,
    completed: opened - failed - open,
    answers: null,
    inFlight: open,
    failedAfterConnect: null,
    failures: null,
  };
}

/** A load that is counted by its stack, from when this is made. */
export class KernelCount {
  private readonly before = readCounters();
  private reported = kernelCounts(this.before, this.before);
  private lastAt = monotonicMs();

  /** Since the last call. */
  interval(): LoadInterval {
    const counts = this.total();
    const at = monotonicMs();
    const interval = {
      ...noLatencies,
      ...counts,
      attempts: counts.attempts - this.reported.attempts,
      // Connections that opened and did not end yet: fewer are done than were at the last look.
      completed: Math.max(0, counts.completed - this.reported.completed),
      at,
      intervalMs: at - this.lastAt,
    };
    this.reported = counts;
    this.lastAt = at;
    return interval;
  }

  total(): LoadCounts {
    return kernelCounts(this.before, readCounters());
  }
}
