import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import autocannon from 'autocannon';
import { endpointText } from '../../model/address.ts';
import type { AutocannonLine } from './lines.ts';
import { type AutocannonInput, neverSent, type Part, partsOf } from './parts.ts';

/*
 * autocannon in its own process: on EADDRNOTAVAIL it reconnects without a pause and may never end by itself, so its
 * owner must be able to kill it. Input: one JSON argument. Output: NDJSON on stdout.
 *
 * With several threads each runs its own instance. autocannon's `workers` report nothing before the end, never an
 * errno, and each worker gets the whole `overallRate`.
 */

declare const AUTOCANNON_VERSION: string;

interface Counted {
  answers: number;
  /** Failures by errno. */
  errnos: Record<string, number>;
}

type PartMessage = ({ type: 'tick' } & Counted) | { type: 'done'; result: PartResult };
/** A result with `skipAggregateResult`: histograms are encoded, totals not yet named. */
type PartResult = object;
/** Documented, but missing in @types/autocannon 7. */
const { aggregateResult } = autocannon as unknown as {
  aggregateResult(results: PartResult[], options: { url: string }): autocannon.Result;
};

const tickMs = 100;

/** Runs one instance and reports its counts at every tick. Returns a function that stops it. */
function runPart({ load, target, connections, ratePerSec }: Part, post: (message: PartMessage) => void): () => void {
  let counted: Counted = { answers: 0, errnos: {} };
  // With a callback it returns the running instance, without one a promise.
  const instance = autocannon(
    {
      url: `http://${endpointText(target)}${load.path}`,
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
    emit({ type: 'tick', answers: interval.answers, failures });
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
    emit(resultLine(results, parts, total));
    process.stdin.pause();
  };
  const stops = parts.map((part) => startPart(part, parts.length, hear));
  process.stdin.resume().once('end', () => {
    for (const stop of stops) stop();
  });
}

function resultLine(results: PartResult[], parts: Part[], errnos: Map<string, number>): AutocannonLine {
  const [{ target, load }] = parts as [Part];
  const url = `http://${endpointText(target)}${load.path}`;
  const result = aggregateResult(results, { url });
  const cpu = process.cpuUsage();
  const latency = result.latency as unknown as Record<string, number>;
  return {
    type: 'result',
    sent: result.requests.sent - parts.reduce((sum, part) => sum + neverSent(part), 0),
    answered: result['2xx'] + result.non2xx,
    errors: result.errors,
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
