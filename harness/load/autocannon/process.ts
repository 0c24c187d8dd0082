import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import autocannon from 'autocannon';
import type { LoadCounts } from '../../model/journal.ts';
import type { Target } from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import { shareOf } from '../share.ts';

/*
 * autocannon in a process of its own: on EADDRNOTAVAIL it reconnects without a pause and may not end by
 * itself, so its owner must be able to kill it. Input: one JSON argument. Output: NDJSON on stdout.
 *
 * With several threads each runs an instance of its own. autocannon's `workers` would tell nothing before the end, no
 * errno ever, and give each worker the whole of `overallRate`.
 */

export interface AutocannonInput {
  load: LoadSpec;
  target: Target;
}

export type AutocannonLine =
  | ({ type: 'tick' } & LoadCounts)
  | {
      type: 'result';
      sent: number;
      answered: number;
      errors: number;
      timeouts: number;
      latencyMs: { average: number; p50: number; p90: number; p99: number; p99_9: number; max: number };
      errnos: Record<string, number>;
      cpuMs: number;
      version: string;
    };

declare const AUTOCANNON_VERSION: string;

/** One thread's part of the load. */
interface Part extends AutocannonInput {
  connections: number;
  ratePerSec: number | null;
}

interface Counted {
  answers: number;
  /** Failures by errno. */
  errnos: Record<string, number>;
}

type PartMessage = ({ type: 'tick' } & Counted) | { type: 'done'; result: PartResult };
/** What `skipAggregateResult` leaves of a result: histograms are encoded, totals not yet named. */
type PartResult = object;
/** Documented, but missing in @types/autocannon 7. */
const { aggregateResult } = autocannon as unknown as {
  aggregateResult(results: PartResult[], options: { url: string }): autocannon.Result;
};

const tickMs = 100;

/** Runs one instance and says what it counted, tick by tick. Returns how to stop it. */
function runPart({ load, target, connections, ratePerSec }: Part, post: (message: PartMessage) => void): () => void {
  let counted: Counted = { answers: 0, errnos: {} };
  // With a callback it returns the running instance, without one a promise.
  const instance = autocannon(
    {
      url: `http://${target.address}:${target.port}${load.path}`,
      connections,
      ...(ratePerSec !== null && { overallRate: ratePerSec }),
      duration: load.durationMs / 1000,
      timeout: load.timeoutMs / 1000,
      skipAggregateResult: true,
    },
    () => {},
  );
  instance.on('response', () => {
    counted.answers++;
  });
  instance.on('reqError', (error: NodeJS.ErrnoException) => {
    const errno = error.code ?? 'EUNKNOWN';
    counted.errnos[errno] = (counted.errnos[errno] ?? 0) + 1;
  });
  const tick = () => {
    post({ type: 'tick', ...counted });
    counted = { answers: 0, errnos: {} };
  };
  const ticker = setInterval(tick, tickMs);
  instance.on('done', (result) => {
    clearInterval(ticker);
    tick();
    post({ type: 'done', result });
  });
  return () => instance.stop();
}

/** Whole connections and a fair part of the rate for each thread; threads that would get no connection are left out. */
function partsOf(input: AutocannonInput): Part[] {
  const { arrival, threads } = input.load;
  const all = arrival.loop === 'closed' ? arrival.concurrency : Math.min(arrival.maxInFlight, 64);
  const of = Math.min(threads, all);
  return Array.from({ length: of }, (_, index) => ({
    ...input,
    connections: shareOf(all, index, of),
    ratePerSec: arrival.loop === 'open' ? arrival.ratePerSec / of : null,
  }));
}

function startPart(part: Part, parts: number, hear: (message: PartMessage) => void): () => void {
  if (parts === 1) return runPart(part, hear);
  const worker = new Worker(__filename, { workerData: part });
  worker.on('message', hear);
  worker.on('error', (error) => {
    throw error;
  });
  return () => worker.postMessage('stop');
}

function main(input: AutocannonInput): void {
  const emit = (line: AutocannonLine) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const parts = partsOf(input);
  const results: PartResult[] = [];
  const total = new Map<string, number>();
  let interval: Counted = { answers: 0, errnos: {} };
  const tick = () => {
    const failures = Object.entries(interval.errnos).map(
      ([errno, count]) => ({ errno, phase: 'response', count }) as const,
    );
    const failed = failures.reduce((sum, failure) => sum + failure.count, 0);
    emit({
      type: 'tick',
      attempts: interval.answers + failed,
      connected: null,
      completed: interval.answers,
      answers: interval.answers,
      failedAfterConnect: 0,
      inFlight: 0,
      failures,
    });
    interval = { answers: 0, errnos: {} };
  };
  const ticker = setInterval(tick, tickMs);
  const hear = (message: PartMessage) => {
    if (message.type === 'tick') {
      interval.answers += message.answers;
      for (const [errno, count] of Object.entries(message.errnos)) {
        interval.errnos[errno] = (interval.errnos[errno] ?? 0) + count;
        total.set(errno, (total.get(errno) ?? 0) + count);
      }
      return;
    }
    results.push(message.result);
    if (results.length < parts.length) return;
    clearInterval(ticker);
    tick();
    emit(resultLine(results, input, total));
    process.stdin.pause();
  };
  const stops = parts.map((part) => startPart(part, parts.length, hear));
  process.stdin.resume().once('end', () => {
    for (const stop of stops) stop();
  });
}

function resultLine(results: PartResult[], input: AutocannonInput, errnos: Map<string, number>): AutocannonLine {
  const url = `http://${input.target.address}:${input.target.port}${input.load.path}`;
  const result = aggregateResult(results, { url });
  const cpu = process.cpuUsage();
  const latency = result.latency as unknown as Record<string, number>;
  return {
    type: 'result',
    sent: result.requests.sent,
    answered: result['2xx'] + result.non2xx,
    errors: result.errors,
    timeouts: result.timeouts,
    latencyMs: {
      average: latency.average ?? 0,
      p50: latency.p50 ?? 0,
      p90: latency.p90 ?? 0,
      p99: latency.p99 ?? 0,
      p99_9: latency.p99_9 ?? 0,
      max: latency.max ?? 0,
    },
    errnos: Object.fromEntries(errnos),
    cpuMs: (cpu.user + cpu.system) / 1000,
    version: AUTOCANNON_VERSION,
  };
}

if (isMainThread) {
  main(JSON.parse(process.argv[2] ?? '{}') as AutocannonInput);
} else {
  const stop = runPart(workerData as Part, (message) => {
    parentPort?.postMessage(message);
    if (message.type === 'done') parentPort?.close();
  });
  parentPort?.once('message', stop);
}
