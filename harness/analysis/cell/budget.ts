import { figure } from '../../model/figure.ts';
import type { PortSupply } from '../../model/port-supply.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import { mostArrivals } from './burst.ts';
import { timeWaitMs } from './time-wait-life.ts';

/** The port budget's inputs (budget-input.ts makes them from a cell's settings). */
export interface BudgetInput {
  /** Ports that one client may use. */
  ports: number;
  /** How they come about; absent: the whole range can be used. */
  supply?: PortSupply;
  destinations: number;
  sources: number;
  /** Whether connect() may take a TIME_WAIT over: tcp_tw_reuse = 1 and timestamps on both sides. */
  reuse: boolean;
  /** Age from which it may. ms. */
  reuseDelayMs: number;
  /** tcp_max_tw_buckets of the side that keeps the TIME_WAIT; `null`: not read. */
  buckets: number | null;
  /** Whether the server answers the client's FIN with its own. */
  serverCloses: boolean;
  /** Whether the engine opens its connections by the load's schedule (EngineFacts). */
  paced: boolean;
  load: LoadSpec;
}

export interface Prediction {
  /** Connections per second that the four-tuples allow for ever; `null`: the ports set no limit. */
  maxRatePerSec: number | null;
  /** From the load's start until the first EADDRNOTAVAIL; `null`: it does not come, or the rate is not known. */
  timeToExhaustionMs: number | null;
  /** Until half of the ports are in use and connect() begins to walk over them. */
  timeToDegradedMs: number | null;
  /** Highest number of TIME_WAIT at the side that keeps them. */
  plateau: number | null;
  /** With reuse: most arrivals in any reuse delay; more than the four-tuples run them out. Absent: not what decides. */
  burst?: number;
  notes: string[];
}

/**
 * What connect() costs for each TIME_WAIT port that it walks over, µs, on a quiet machine with Linux 6.18. It depends on
 * the machine: a busy one had 0.16 (docs/kernel.md), so that exhaustion came later than predicted.
 */
const searchUsPerPort = 0.12;
/** And without a search. */
const searchBaseUs = 30;

/**
 * What rate, time to exhaustion and plateau the settings allow. N = ports × destinations × sources,
 * T = 60 s: without reuse N / T per second, with it N per tcp_tw_reuse_delay. Formulas: docs/kernel.md.
 */
export function predict(input: BudgetInput): Prediction {
  const prediction = predictFor(input);
  const reason = plateauUnknown(input);
  if (reason === null || prediction.plateau === null) return prediction;
  return { ...prediction, plateau: null, notes: [...prediction.notes, reason] };
}

/** Why nobody can say how many TIME_WAITs there will be, and where; `null`: the formulas can. */
function plateauUnknown({ paced, load: { closePolicy, arrival } }: BudgetInput): string | null {
  if (closePolicy === 'simultaneous') return 'either side keeps the TIME_WAIT, or both do';
  return paced || arrival.loop === 'open' || closePolicy === 'leak'
    ? null
    : 'how many TIME_WAITs depends on how fast the program is';
}

function predictFor(input: BudgetInput): Prediction {
  const { load } = input;
  if (load.requestsPerConnection !== 1 || load.closePolicy === 'client-rst' || load.closePolicy === 'server-rst') {
    const reason = load.requestsPerConnection === 1 ? 'every connection ends by RST' : 'connections are used again';
    return unlimited([`${reason}: the ports set no limit`]);
  }
  if (load.closePolicy === 'client-fin' && !input.serverCloses) {
    return {
      ...unlimited([
        'the server never closes: its clients wait in FIN_WAIT2 for tcp_fin_timeout, and not in TIME_WAIT',
      ]),
      plateau: 0,
    };
  }
  const tuples = input.ports * input.destinations * input.sources;
  const rate = load.arrival.loop === 'open' ? load.arrival.ratePerSec : null;
  const seconds = load.durationMs / 1000;
  const most = Math.min(
    load.maxAttempts ?? Number.POSITIVE_INFINITY,
    rate === null ? Number.POSITIVE_INFINITY : rate * seconds,
  );
  if (load.closePolicy === 'server-fin') return serverCloses(tuples, rate, most);
  if (load.closePolicy === 'leak') {
    return {
      maxRatePerSec: 0,
      timeToExhaustionMs: rate !== null && tuples < most ? (tuples / rate) * 1000 : null,
      timeToDegradedMs: rate !== null && tuples / 2 < most ? (tuples / 2 / rate) * 1000 : null,
      plateau: 0,
      notes: ['nothing is closed: every four-tuple can be used once'],
    };
  }
  const byPorts = input.reuse ? withReuse(input, tuples, rate, most) : withoutReuse(input, tuples, rate, most);
  if (input.buckets === null || input.buckets >= (byPorts.plateau ?? Math.min(tuples, most))) return byPorts;
  return {
    ...unlimited([`tcp_max_tw_buckets = ${input.buckets} is reached first: the surplus skips TIME_WAIT`]),
    plateau: input.buckets,
  };
}

/** Longest load that can be asked for. */
const longestMs = 24 * 3600 * 1000;

/**
 * When the ports would have run out, had a load of `lastedMs` gone on at its offered rate: it shows nothing about that
 * rate. ms since its start; `null`: within the load, never, or the rate is not known.
 */
export function exhaustionAfter(input: BudgetInput, lastedMs: number): number | null {
  const { timeToExhaustionMs } = predict({ ...input, load: { ...input.load, durationMs: longestMs } });
  return timeToExhaustionMs !== null && timeToExhaustionMs > lastedMs ? timeToExhaustionMs : null;
}

function unlimited(notes: string[]): Prediction {
  return { maxRatePerSec: null, timeToExhaustionMs: null, timeToDegradedMs: null, plateau: null, notes };
}

/** Ports of one parity that connect() moves on by, on average: 1 … 8, at random (__inet_hash_connect, Linux 5.18+). */
const meanStep = 4.5;

/**
 * How many of `ports` (one parity of the range) hold a TIME_WAIT after so many connections, each of which takes an old
 * one over where it meets it. connect() goes round the ports in steps: the first round meets none, each further one
 * leaves 1 − 1/4.5 of the free ones free. 1 to 7 % above what was measured (docs/kernel.md).
 */
export function portsTaken(ports: number, connections: number): number {
  if (ports <= 0) return 0;
  const rounds = (connections * meanStep) / ports;
  // A closed loop without a limit: as many as it likes.
  if (!Number.isFinite(rounds)) return ports;
  const whole = Math.floor(rounds);
  const stillFree = (1 - 1 / meanStep) ** whole * (1 - (rounds - whole) / meanStep);
  return Math.round(ports * (1 - stillFree));
}

/** The client's ports are free at once; its SYNs take the server's old TIME_WAITs over, one parity of the range. */
function serverCloses(tuples: number, rate: number | null, most: number): Prediction {
  const alive = rate === null ? most : Math.min(most, (rate * timeWaitMs) / 1000);
  return {
    ...unlimited(['the server keeps the TIME_WAIT, so that the client may use its port again at once']),
    plateau: portsTaken(tuples / 2, alive),
  };
}

function withoutReuse(input: BudgetInput, tuples: number, rate: number | null, most: number): Prediction {
  const ceiling = tuples / (timeWaitMs / 1000);
  const notes: string[] = [];
  if (rate === null) {
    return {
      maxRatePerSec: ceiling,
      timeToExhaustionMs: null,
      timeToDegradedMs: null,
      plateau: tuples,
      notes: ['closed loop: the times depend on how fast the machine is'],
    };
  }
  // Second half of the range: every connect() first walks over one whole parity of taken ports.
  const callUs = searchBaseUs + searchUsPerPort * (input.ports / 2);
  const slowRate = Math.min(rate, (1e6 / callUs) * input.load.threads);
  const half = tuples / 2;
  const halfSec = half / rate;
  const untilSec = Math.min(timeWaitMs, input.load.durationMs) / 1000;
  const opened = untilSec <= halfSec ? rate * untilSec : half + slowRate * (untilSec - halfSec);
  const alive = Math.min(most, opened);
  const runsOut = alive > tuples;
  if (alive > half && slowRate < rate) {
    notes.push(
      `past half of the range connect() takes about ${Math.round(callUs)} µs, so that ${Math.round(slowRate)}/s is all that ${input.load.threads} thread(s) can do`,
    );
  }
  return {
    maxRatePerSec: ceiling,
    timeToExhaustionMs: runsOut ? (halfSec + half / slowRate) * 1000 : null,
    timeToDegradedMs: alive > half ? halfSec * 1000 : null,
    plateau: Math.min(Math.round(alive), tuples),
    notes,
  };
}

function withReuse(input: BudgetInput, tuples: number, rate: number | null, most: number): Prediction {
  const delaySec = input.reuseDelayMs / 1000;
  const ceiling = tuples / delaySec;
  if (rate === null) {
    return {
      maxRatePerSec: ceiling,
      timeToExhaustionMs: null,
      timeToDegradedMs: null,
      plateau: null,
      notes: ['closed loop: between half of the ports and all, by how fast the machine is'],
    };
  }
  const burst = mostArrivals(input.load, input.reuseDelayMs) ?? 0;
  const alive = Math.min(most, (rate * timeWaitMs) / 1000);
  // Those of the last delay keep a port each; the rest of the parity is taken over where its turn comes again.
  const young = Math.min(alive, rate * delaySec);
  const half = tuples / 2;
  return {
    maxRatePerSec: ceiling,
    timeToExhaustionMs: rate > ceiling && most > tuples ? (tuples / rate) * 1000 : null,
    timeToDegradedMs: rate * delaySec > half && most > half ? (half / rate) * 1000 : null,
    // One parity of the ports is enough while it is older than the delay when its turn comes again.
    plateau: young > half ? Math.min(alive, tuples) : young + portsTaken(half - young, alive - young),
    burst,
    notes: rate <= ceiling && burst > tuples ? [burstNote(burst, tuples, input.reuseDelayMs)] : [],
  };
}

function burstNote(burst: number, tuples: number, delayMs: number): string {
  return `arrivals come in bursts: up to ${figure(burst)} in ${figure(delayMs)} ms (99 of 100 runs have no more) for ${figure(tuples)} four-tuples, so that these can run out below the ceiling`;
}
