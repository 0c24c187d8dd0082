import { addFailure } from '../../model/failures.ts';
import type { Failure, LoadCounts, LoadResult } from '../../model/journal.ts';
import type { ClientLine } from './lines.ts';

type IntervalLine = Extract<ClientLine, { type: 'interval' }>;

/** Each kind of failure becomes a column, a chart and a metric; the rest is counted together. */
const mostKinds = 64;
export const otherErrno = 'EOTHER';

/** Sums over intervals. A count that one of them leaves out is not known for the whole. */
class Sums {
  private attempts = 0;
  private completed = 0;
  private connected: number | null = 0;
  private answers: number | null = 0;
  private readonly failures = new Map<string, Failure>();

  add(line: IntervalLine): void {
    this.attempts += line.attempts;
    this.completed += line.completed;
    this.connected = plus(this.connected, line.connected);
    this.answers = plus(this.answers, line.answers);
    for (const failure of line.failures) {
      const isRoom = this.failures.size < mostKinds || this.failures.has(`${failure.phase}/${failure.errno}`);
      addFailure(this.failures, isRoom ? failure : { ...failure, errno: otherErrno });
    }
  }

  counts(inFlight: number): LoadCounts {
    return {
      attempts: this.attempts,
      connected: this.connected,
      completed: this.completed,
      answers: this.answers,
      inFlight,
      failedAfterConnect: null,
      failures: [...this.failures.values()],
    };
  }
}

/** Sums what a client program prints of itself: since the last take(), and in all. */
export class Tally {
  /** False until the program has printed an interval: then its counts are the kernel's. */
  hasCounts = false;
  private inFlight = 0;
  private readonly total = new Sums();
  private interval: Sums | null = null;
  private readonly first = new Map<string, LoadResult['firstFailures'][number]>();

  add(line: IntervalLine, at: number): void {
    this.hasCounts = true;
    this.inFlight = line.inFlight;
    this.interval ??= new Sums();
    this.interval.add(line);
    this.total.add(line);
    for (const { errno, phase } of line.failures) {
      const key = `${phase}/${errno}`;
      if (!this.first.has(key) && this.first.size < mostKinds) this.first.set(key, { errno, phase, at });
    }
  }

  /** What was printed since the last call; `null`: nothing. However often a program prints, this is as often as it is asked. */
  take(): LoadCounts | null {
    const counts = this.interval?.counts(this.inFlight) ?? null;
    this.interval = null;
    return counts;
  }

  totals(): LoadCounts & Pick<LoadResult, 'firstFailures'> {
    return { ...this.total.counts(this.inFlight), firstFailures: [...this.first.values()] };
  }
}

function plus(sum: number | null, value: number | undefined): number | null {
  return sum === null || value === undefined ? null : sum + value;
}
