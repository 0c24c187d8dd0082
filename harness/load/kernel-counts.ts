import type { Counters, LoadCounts } from '../model/journal.ts';
import { isLoopbackAddress } from '../model/tw-reuse.ts';
import { monotonicMs } from '../probe/clock.ts';
import { readCounters } from '../probe/stack-reader.ts';
import { noLatencies } from './counts.ts';
import type { EngineRun, LoadInterval } from './engine.ts';

/** What cannot be known if a load is counted by kernel counters. */
export const kernelBlindSpot =
  'connect() failures from port exhaustion are invisible here: no kernel counter records them';

/**
 * Connections from the counters of the peer's network namespace, in which only the load opens any. An attempt that
 * failed in connect(2) because no port was free is in no counter, and is therefore not counted. `endsHere`: how many
 * ends of each connection are in this namespace; CurrEstab counts each of them.
 */
export function kernelCounts(before: Counters, now: Counters, endsHere: 1 | 2 = 1): LoadCounts {
  const grown = (name: string) => (now[name] ?? 0) - (before[name] ?? 0);
  const opened = grown('Tcp.ActiveOpens');
  const failed = grown('Tcp.AttemptFails');
  const open = Math.min(Math.max(0, opened - failed), Math.ceil((now['Tcp.CurrEstab'] ?? 0) / endsHere));
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

/** 2 where every target is this peer itself. */
export function endsHere({ targets, localAddresses }: Pick<EngineRun, 'targets' | 'localAddresses'>): 1 | 2 {
  const isOwn = (address: string) => isLoopbackAddress(address) || localAddresses.includes(address);
  return targets.length > 0 && targets.every(({ address }) => isOwn(address)) ? 2 : 1;
}

/** A load counted by kernel counters, starting now. */
export class KernelCount {
  private readonly before = readCounters();
  private reported = kernelCounts(this.before, this.before);
  private lastAt = monotonicMs();
  private readonly endsHere: 1 | 2;

  constructor(run: Pick<EngineRun, 'targets' | 'localAddresses'>) {
    this.endsHere = endsHere(run);
  }

  /** Since the last call. */
  interval(): LoadInterval {
    const counts = this.total();
    const at = monotonicMs();
    const interval = {
      ...noLatencies,
      ...counts,
      attempts: counts.attempts - this.reported.attempts,
      // If more connections are open now than at the last reading, the number of completed ones has fallen.
      completed: Math.max(0, counts.completed - this.reported.completed),
      at,
      intervalMs: at - this.lastAt,
    };
    this.reported = counts;
    this.lastAt = at;
    return interval;
  }

  total(): LoadCounts {
    return kernelCounts(this.before, readCounters(), this.endsHere);
  }
}
