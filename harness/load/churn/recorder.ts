import { build, type Histogram } from 'hdr-histogram-js';
import { addFailure } from '../../model/failures.ts';
import type { Failure, LatencyUs, LoadCounts, LoadLatencies } from '../../model/journal.ts';
import { type LatencyName, latencyNames, latencyOf } from '../../model/latency.ts';
import type { FailurePhase } from '../../model/vocabulary.ts';

/** 1 µs … 10 min, three significant digits: an HDR histogram's usual setting. */
function newHistogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: 3 });
}

/** The counts of a load, all of which this engine makes. In flight is the length of the list InFlight. */
export type RecordedCounts = { [K in keyof Omit<LoadCounts, 'inFlight'>]-?: NonNullable<LoadCounts[K]> };

type Counts = Omit<RecordedCounts, 'failures'>;

function zeroCounts(): Counts {
  return { attempts: 0, notStarted: 0, connected: 0, completed: 0, failedAfterConnect: 0, answers: 0 };
}

/** Latencies below this many µs are counted in an array first: an HDR histogram computes two logarithms per value. */
const countedBelow = 4096;

/** One latency of the current interval. */
class Latency {
  private readonly counts = new Uint32Array(countedBelow);
  private readonly histogram = newHistogram();

  record(ms: number): void {
    const us = Math.max(0, Math.round(ms * 1000));
    if (us < countedBelow) this.counts[us] = (this.counts[us] as number) + 1;
    else this.histogram.recordValue(us);
  }

  /** Percentiles since the last call; moves the recorded values to `total`. */
  takeInto(total: Histogram): LatencyUs {
    const { counts, histogram } = this;
    for (let us = 0; us < countedBelow; us++) {
      const count = counts[us] as number;
      if (count > 0) histogram.recordValueWithCount(us, count);
    }
    counts.fill(0);
    const latency = latencyOf(histogram);
    if (latency !== null) {
      total.add(histogram);
      histogram.reset();
    }
    return latency;
  }
}

/**
 * Counts and latencies of one load: totals, and the interval since the last take().
 * Interval histograms are added to the totals when taken, so that each value is recorded once.
 */
export class Recorder {
  private readonly total = zeroCounts();
  private interval = zeroCounts();
  private readonly totalFailures = new Map<string, Failure>();
  private intervalFailures = new Map<string, Failure>();
  private readonly first = new Map<string, { errno: string; phase: FailurePhase; at: number }>();
  private readonly totals = Object.fromEntries(latencyNames.map((name) => [name, newHistogram()])) as Record<
    LatencyName,
    Histogram
  >;
  private readonly connectCallUs = new Latency();
  private readonly connectLatencyUs = new Latency();
  private readonly requestLatencyUs = new Latency();
  private readonly scheduleLagUs = new Latency();

  attempt(lagMs: number): void {
    this.interval.attempts++;
    this.scheduleLagUs.record(lagMs);
  }
  /** Arrivals that were due and were dropped. */
  notStarted(count: number): void {
    this.interval.notStarted += count;
  }
  connectCalled(callMs: number): void {
    this.connectCallUs.record(callMs);
  }
  connected(latencyMs: number): void {
    this.interval.connected++;
    this.connectLatencyUs.record(latencyMs);
  }
  answered(latencyMs: number): void {
    this.interval.answers++;
    this.requestLatencyUs.record(latencyMs);
  }
  completed(): void {
    this.interval.completed++;
  }
  failed(phase: FailurePhase, errno: string, at: number, wasConnected: boolean): void {
    if (wasConnected) this.interval.failedAfterConnect++;
    const key = `${phase}/${errno}`;
    const failure = this.intervalFailures.get(key) ?? { errno, phase, count: 0 };
    failure.count++;
    this.intervalFailures.set(key, failure);
    if (!this.first.has(key)) this.first.set(key, { errno, phase, at });
  }

  /** The interval since the last call; empties it into the totals. */
  take(): RecordedCounts & LoadLatencies {
    const counts = {
      ...this.interval,
      failures: [...this.intervalFailures.values()],
    };
    for (const name of Object.keys(this.total) as (keyof Counts)[]) this.total[name] += this.interval[name];
    for (const failure of counts.failures) addFailure(this.totalFailures, failure);
    this.interval = zeroCounts();
    this.intervalFailures = new Map();
    const latencies = {} as LoadLatencies;
    for (const name of latencyNames) latencies[name] = this[name].takeInto(this.totals[name]);
    return { ...counts, ...latencies };
  }

  /** Everything up to the last take(). */
  totalsSoFar() {
    return {
      ...this.total,
      failures: [...this.totalFailures.values()],
      firstFailures: [...this.first.values()],
      histograms: this.totals,
    };
  }
}
