import type { Arrival } from '../../model/scenario.ts';

type OpenArrival = Extract<Arrival, { loop: 'open' }>;
interface Share {
  index: number;
  of: number;
}

/**
 * The planned start times of connections, in ms since the load began. Open loop: they do not depend on how the system
 * answers.
 */
export interface ArrivalTimes {
  /** Time of the next arrival, until it is taken. */
  readonly next: number;
  take(): void;
  /** Takes all arrivals before this time; returns their number. */
  takeBefore(ms: number): number;
}

/** Number of arrivals that have become due: depends on time alone, not on whether they were started. */
export interface DueCount {
  /** Number of arrivals before this time, which must not decrease. */
  before(ms: number): number;
}

export interface Schedule {
  times: ArrivalTimes;
  due: DueCount;
}

/** One thread's share of the arrivals. uniform: n / rate. poisson: exponential gaps, −ln(1−u) / rate. */
export function scheduleOf(arrival: OpenArrival, share: Share, seed = Math.floor(Math.random() * 2 ** 32)): Schedule {
  const gapMs = (1000 * share.of) / arrival.ratePerSec;
  if (arrival.spacing === 'uniform') {
    // Threads alternate, so that their arrivals together are uniform too.
    const uniform = new Uniform((gapMs / share.of) * share.index, gapMs);
    return { times: uniform, due: { before: (ms) => uniform.countBefore(ms) } };
  }
  // The same gaps twice: due arrivals are counted separately from started ones.
  const counted = new Poisson(gapMs, seed);
  let due = 0;
  return {
    times: new Poisson(gapMs, seed),
    due: {
      before(ms) {
        due += counted.takeBefore(ms);
        return due;
      },
    },
  };
}

class Uniform implements ArrivalTimes {
  next: number;
  private taken = 0;
  private readonly offsetMs: number;
  private readonly gapMs: number;

  constructor(offsetMs: number, gapMs: number) {
    this.offsetMs = offsetMs;
    this.gapMs = gapMs;
    this.next = this.at(0);
  }

  take(): void {
    this.taken++;
    this.next = this.at(this.taken);
  }

  takeBefore(ms: number): number {
    const count = Math.max(0, this.countBefore(ms) - this.taken);
    this.taken += count;
    this.next = this.at(this.taken);
    return count;
  }

  countBefore(ms: number): number {
    let count = Math.max(0, Math.ceil((ms - this.offsetMs) / this.gapMs));
    // The quotient is rounded; at() decides.
    while (count > 0 && this.at(count - 1) >= ms) count--;
    while (this.at(count) < ms) count++;
    return count;
  }

  private at(n: number): number {
    return this.offsetMs + this.gapMs * n;
  }
}

class Poisson implements ArrivalTimes {
  next = 0;
  private readonly gapMs: number;
  private readonly random: () => number;

  constructor(gapMs: number, seed: number) {
    this.gapMs = gapMs;
    this.random = randomFrom(seed);
    this.take();
  }

  take(): void {
    this.next += -Math.log(1 - this.random()) * this.gapMs;
  }

  takeBefore(ms: number): number {
    let count = 0;
    for (; this.next < ms; count++) this.take();
    return count;
  }
}

/** Uniform in [0, 1), the same numbers for the same seed: mulberry32 (Tommy Ettinger, public domain). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
