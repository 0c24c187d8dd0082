import { LoadSpec } from '../../model/scenario.ts';
import { type BudgetInput, type Prediction, predict } from '../cell/budget.ts';

/** The port budget of a load that nobody has run. */
export interface BudgetQuestion {
  /** Connections per second. */
  rate: number;
  /** Usable ports of one source. */
  ports: number;
  destinations: number;
  sources: number;
  reuse: boolean;
  reuseDelayMs: number;
  closes: 'client' | 'server';
  /** Threads that call connect(), for the search past half of the ports. */
  threads: number;
  buckets: number;
}

export interface BudgetAnswer extends Prediction {
  question: BudgetQuestion;
  fourTuples: number;
  /** Kernel memory of the TIME_WAITs at the side that keeps them, bytes; `null`: the plateau is not known. */
  memoryBytes: number | null;
  /** Single changes, the one with the highest ceiling first. */
  changes: ({ change: string } & Pick<Prediction, 'maxRatePerSec' | 'timeToDegradedMs' | 'timeToExhaustionMs'>)[];
}

/** A TIME_WAIT and the buckets of its port, measured (docs/scenarios/tw-memory.md): client and server. */
const bytesPerTimeWait = { client: 509, server: 285 };
const wholeRange = 65_535 - 1024 + 1;

/** Ceiling, cliff, time to exhaustion, plateau and memory, and what each single change would buy. Pure. */
export function budgetAnswer(question: BudgetQuestion): BudgetAnswer {
  const prediction = predictionOf(question);
  const changed = (change: string, to: Partial<BudgetQuestion>) => {
    const { maxRatePerSec, timeToDegradedMs, timeToExhaustionMs } = predictionOf({ ...question, ...to });
    return { change, maxRatePerSec, timeToDegradedMs, timeToExhaustionMs };
  };
  const changes = [
    ...(question.reuse ? [] : [changed('tcp_tw_reuse=1', { reuse: true })]),
    ...(question.ports < wholeRange ? [changed("ip_local_port_range='1024 65535'", { ports: wholeRange })] : []),
    changed('one more destination', { destinations: question.destinations + 1 }),
    changed('one more source address', { sources: question.sources + 1 }),
    ...(question.closes === 'client' ? [changed('the server closes first', { closes: 'server' })] : []),
  ];
  const height = (one: { maxRatePerSec: number | null }) => one.maxRatePerSec ?? Number.POSITIVE_INFINITY;
  return {
    ...prediction,
    question,
    fourTuples: question.ports * question.destinations * question.sources,
    memoryBytes:
      prediction.plateau === null ? null : Math.round(prediction.plateau) * bytesPerTimeWait[question.closes],
    changes: changes.sort((a, b) => height(b) - height(a)),
  };
}

function predictionOf({ rate, closes, threads, ...question }: BudgetQuestion): Prediction {
  const input: BudgetInput = {
    ...question,
    serverCloses: true,
    paced: true,
    load: LoadSpec.parse({
      closePolicy: closes === 'client' ? 'client-fin' : 'server-fin',
      arrival: { loop: 'open', ratePerSec: rate },
      threads,
      durationMs: 24 * 3600 * 1000,
    }),
  };
  return predict(input);
}
