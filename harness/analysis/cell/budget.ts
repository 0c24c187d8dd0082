import { figure } from '../../model/figure.ts';
import type { PortSupply } from '../../model/port-supply.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import { mostArrivals } from './burst.ts';
import { timeWaitMs } from './time-wait-life.ts';

/** The port budget's inputs (budget-input.ts makes them from a cell's settings). */
export interface BudgetInput {
  /** Ports that one client may use. */
  ports: number;
  /** Where that number comes from; absent: the whole range is usable. */
  supply?: PortSupply;
  destinations: number;
  /** Destinations that share the ports of each source because bind(2) chooses them first. Absent: none do. */
  sharedBy?: number;
  sources: number;
  /** Whether connect() may reuse a TIME_WAIT port: tcp_tw_reuse acts (model/tw-reuse.ts), timestamps on both sides. */
  reuse: boolean;
  /** Minimum age of a TIME_WAIT that it may reuse, ms. */
  reuseDelayMs: number;
  /** connect() searches in random steps (model/port-search.ts): no slow search is predicted. Absent: by parity. */
  randomStep?: boolean;
  /** tcp_max_tw_buckets of the side that keeps the TIME_WAIT; `null`: not read. */
  buckets: number | null;
  /** Whether the server answers the client's FIN with its own. */
  serverCloses: boolean;
  /** Whether the engine opens its connections by the load's schedule (EngineFacts). */
  paced: boolean;
  load: LoadSpec;
}

export interface Prediction {
  /** Connections per second that the four-tuples can sustain; `null`: the ports set no limit. */
  maxRatePerSec: number | null;
  /** From the load's start until the first EADDRNOTAVAIL; `null`: it never happens, or the rate is not known. */
  timeToExhaustionMs: number | null;
  /** Until half of the ports are in use and connect() starts searching past them. */
  timeToDegradedMs: number | null;
  /** Peak TIME_WAIT count at the side that keeps them. */
  plateau: number | null;
  /**
   * With reuse: the most arrivals in any reuse delay; if they exceed the four-tuples, ports run out. Absent: not the
   * deciding limit.
   */
  burst?: number;
  notes: string[];
}

/**
 * Cost of each TIME_WAIT port that connect() searches past, µs, on a quiet machine with Linux 6.18. A busy machine
 * took 0.16 (docs/kernel.md), so exhaustion came later than predicted.
 */
const searchUsPerPort = 0.12;
/** Cost of connect() without a search, µs. */
const searchBaseUs = 30;

/** Time of a connect() that searches past half of this many ports, µs: what it takes once half of them are in use. */
export function searchCallUs(ports: number): number {
  return searchBaseUs + searchUsPerPort * (ports / 2);
}

/** Connections per second that so many threads open past half of the ports, where connect() searches. */
export function searchRate(ports: number, threads: number): number {
  return (1e6 / searchCallUs(ports)) * threads;
}

/**
 * The rate, time to exhaustion and plateau that the settings allow. N = ports × destinations × sources, T = 60 s:
 * without reuse N / T per second, with it N per tcp_tw_reuse_delay. Formulas: docs/kernel.md.
 */
export function predict(input: BudgetInput): Prediction {
  const prediction = predictFor(input);
  const reason = plateauUnknown(input);
  if (reason === null || prediction.plateau === null) return prediction;
  return { ...prediction, plateau: null, notes: [...prediction.notes, reason] };
}

/** Why the number and place of TIME_WAITs cannot be predicted; `null`: they can. */
function plateauUnknown({ paced, load: { closePolicy, arrival } }: BudgetInput): string | null {
  if (closePolicy === 'simultaneous') return 'either side may keep the TIME_WAIT, or both';
  return paced || arrival.loop === 'open' || closePolicy === 'leak'
    ? null
    : 'the number of TIME_WAITs depends on how fast the program is';
}

function predictFor(input: BudgetInput): Prediction {
  const { load } = input;
  if (load.requestsPerConnection !== 1 || load.closePolicy === 'client-rst' || load.closePolicy === 'server-rst') {
    const reason = load.requestsPerConnection === 1 ? 'every connection ends with an RST' : 'connections are reused';
    return unlimited([`${reason}: the ports set no limit`]);
  }
  if (load.closePolicy === 'client-fin' && !input.serverCloses) {
    return {
      ...unlimited([
        'the server never closes: clients stay in FIN_WAIT2 until tcp_fin_timeout and never enter TIME_WAIT',
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
      timeToDegradedMs: rate !== null && !input.randomStep && tuples / 2 < most ? (tuples / 2 / rate) * 1000 : null,
      plateau: 0,
      notes: ['nothing is closed: every four-tuple can be used only once'],
    };
  }
  const byPorts = input.reuse ? withReuse(input, tuples, rate, most) : withoutReuse(input, tuples, rate, most);
  if (input.buckets === null || input.buckets >= (byPorts.plateau ?? Math.min(tuples, most))) return byPorts;
  return {
    ...unlimited([`tcp_max_tw_buckets = ${input.buckets} is reached first: the surplus skips TIME_WAIT`]),
    plateau: input.buckets,
  };
}

/** Longest load that can be requested. */
const longestMs = 24 * 3600 * 1000;

/**
 * When the ports would run out if a load of `lastedMs` went on at its offered rate, which such a load is too short to
 * judge. ms since its start; `null`: within the load, never, or at an unknown rate.
 */
export function exhaustionAfter(input: BudgetInput, lastedMs: number): number | null {
  const { timeToExhaustionMs } = predict({ ...input, load: { ...input.load, durationMs: longestMs } });
  return timeToExhaustionMs !== null && timeToExhaustionMs > lastedMs ? timeToExhaustionMs : null;
}

function unlimited(notes: string[]): Prediction {
  return { maxRatePerSec: null, timeToExhaustionMs: null, timeToDegradedMs: null, plateau: null, notes };
}

/** Average step of connect() through the ports of one parity: random, 1 to 8 (__inet_hash_connect, Linux 5.18+). */
const meanStep = 4.5;

/**
 * How many of `ports` (one parity of the range) hold a TIME_WAIT after this many connections, each of which reuses an
 * old one if it finds it. connect() cycles through the ports in steps: the first pass finds none, each later pass
 * leaves 1 − 1/4.5 of the free ports free. 1 to 7 % above what was measured (docs/kernel.md).
 */
export function portsTaken(ports: number, connections: number): number {
  if (ports <= 0) return 0;
  const rounds = (connections * meanStep) / ports;
  // A closed loop without a limit.
  if (!Number.isFinite(rounds)) return ports;
  const whole = Math.floor(rounds);
  const stillFree = (1 - 1 / meanStep) ** whole * (1 - (rounds - whole) / meanStep);
  return Math.round(ports * (1 - stillFree));
}

/** The client's ports are free at once; its SYNs replace the server's old TIME_WAITs, in one parity of the range. */
function serverCloses(tuples: number, rate: number | null, most: number): Prediction {
  const alive = rate === null ? most : Math.min(most, (rate * timeWaitMs) / 1000);
  return {
    ...unlimited(['the server keeps the TIME_WAIT, so the client can reuse its port at once']),
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
  // Second half of the range: every connect() first searches one whole parity of ports in use.
  const callUs = searchCallUs(input.ports);
  const slowRate = input.randomStep ? rate : Math.min(rate, searchRate(input.ports, input.load.threads));
  const half = tuples / 2;
  const halfSec = half / rate;
  const untilSec = Math.min(timeWaitMs, input.load.durationMs) / 1000;
  const opened = untilSec <= halfSec ? rate * untilSec : half + slowRate * (untilSec - halfSec);
  const alive = Math.min(most, opened);
  const runsOut = alive > tuples;
  if (alive > half && input.randomStep) {
    notes.push('net.ipv4.ip_local_port_step_width is set: connect() takes random steps, no slow search is predicted');
  }
  if (alive > half && slowRate < rate) {
    notes.push(
      `past half of the range connect() takes about ${Math.round(callUs)} µs, which limits ${input.load.threads === 1 ? 'a thread' : `${input.load.threads} threads`} to ${Math.round(slowRate)}/s`,
    );
  }
  return {
    maxRatePerSec: ceiling,
    timeToExhaustionMs: runsOut ? (halfSec + half / slowRate) * 1000 : null,
    timeToDegradedMs: alive > half && !input.randomStep ? halfSec * 1000 : null,
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
      notes: ['closed loop: between half and all of the ports, depending on how fast the machine is'],
    };
  }
  const burst = mostArrivals(input.load, input.reuseDelayMs) ?? 0;
  const alive = Math.min(most, (rate * timeWaitMs) / 1000);
  // Each TIME_WAIT younger than the delay holds a port; older ones are reused when the search returns to them.
  const young = Math.min(alive, rate * delaySec);
  const half = tuples / 2;
  return {
    maxRatePerSec: ceiling,
    timeToExhaustionMs: rate > ceiling && most > tuples ? (tuples / rate) * 1000 : null,
    timeToDegradedMs: rate * delaySec > half && most > half ? (half / rate) * 1000 : null,
    // One parity is enough while its ports are older than the delay when the search returns to them.
    plateau: young > half ? Math.min(alive, tuples) : young + portsTaken(half - young, alive - young),
    burst,
    notes: rate <= ceiling && burst > tuples ? [burstNote(burst, tuples, input.reuseDelayMs)] : [],
  };
}

function burstNote(burst: number, tuples: number, delayMs: number): string {
  return `arrivals come in bursts of up to ${figure(burst)} in ${figure(delayMs)} ms (99 of 100 runs have no more) for ${figure(tuples)} four-tuples, so ports can run out below the ceiling`;
}
