import type { Counters, Failure, LoadCounts, LoadResult } from '../../model/journal.ts';
import { addFailure } from '../churn/recorder.ts';
import type { ClientLine } from './lines.ts';

type IntervalLine = Extract<ClientLine, { type: 'interval' }>;

/** Sums what a client program prints of itself. */
export class Tally {
  private attempts = 0;
  private completed = 0;
  private inFlight = 0;
  private connected: number | null = 0;
  private answers: number | null = 0;
  private readonly failures = new Map<string, Failure>();
  private readonly first = new Map<string, LoadResult['firstFailures'][number]>();
  /** False until the program has printed an interval: then its counts are the kernel's. */
  hasCounts = false;

  add(line: IntervalLine, at: number): LoadCounts {
    this.hasCounts = true;
    this.attempts += line.attempts;
    this.completed += line.completed;
    this.inFlight = line.inFlight;
    this.connected = plus(this.connected, line.connected);
    this.answers = plus(this.answers, line.answers);
    for (const failure of line.failures) {
      addFailure(this.failures, failure);
      const key = `${failure.phase}/${failure.errno}`;
      if (!this.first.has(key)) this.first.set(key, { errno: failure.errno, phase: failure.phase, at });
    }
    return {
      attempts: line.attempts,
      connected: line.connected ?? null,
      completed: line.completed,
      answers: line.answers ?? null,
      inFlight: line.inFlight,
      failedAfterConnect: 0,
      failures: line.failures,
    };
  }

  totals(): LoadCounts & Pick<LoadResult, 'firstFailures'> {
    return {
      attempts: this.attempts,
      connected: this.connected,
      completed: this.completed,
      answers: this.answers,
      inFlight: this.inFlight,
      failedAfterConnect: 0,
      failures: [...this.failures.values()],
      firstFailures: [...this.first.values()],
    };
  }
}

/** A count that one interval leaves out is not known for the whole. */
function plus(sum: number | null, value: number | undefined): number | null {
  return sum === null || value === undefined ? null : sum + value;
}

/**
 * Connections by the counters of the peer's own stack, in which nothing but the program opens any. An attempt
 * that connect(2) refused for want of a port is in no counter: it is not seen, and so not counted.
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
    failedAfterConnect: 0,
    failures: failed > 0 ? [{ errno: 'EUNKNOWN', phase: 'connect', count: failed }] : [],
  };
}
