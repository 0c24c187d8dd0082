import { Worker } from 'node:worker_threads';
import { decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import { addedUp } from '../../model/failures.ts';
import type { LoadResult } from '../../model/journal.ts';
import { type LatencyName, latencyNames, latencyOf, worstLatency } from '../../model/latency.ts';
import { BusyClock, threadCpu } from '../../probe/busy-clock.ts';
import type { Engine, EngineRun, RunningLoad } from '../engine.ts';
import {
  type ChurnCounts,
  type ChurnInterval,
  type ChurnThreadInput,
  type ChurnThreadMessage,
  type ChurnThreadTotals,
  runChurnThread,
} from './thread.ts';
import { churnTraits, threadName } from './traits.ts';

const intervalMs = 100;

export const churnEngine: Engine = {
  traits: churnTraits,
  start: startChurn,
  runThread: (input) => runChurnThread(input as ChurnThreadInput),
};

function startChurn(run: EngineRun): RunningLoad {
  const of = run.load.threads;
  const threads = Array.from({ length: of }, (_, index) => {
    const input: ChurnThreadInput = {
      load: run.load,
      targets: [...run.targets],
      bindTo: run.localAddresses.slice(0, run.load.bindAddresses),
      share: { index, of },
      intervalMs,
      reportsCloses: run.onClosed !== null,
    };
    return new Worker(__filename, { workerData: { engine: churnTraits.name, input } });
  });
  const busy = new BusyClock(run.onBusy);
  const intervals = new IntervalSums(of, run.onInterval);
  const totals = threads.map(
    (thread, index) =>
      new Promise<ChurnThreadTotals>((resolve, reject) => {
        thread.once('error', reject);
        thread.once('exit', (code) => reject(new Error(`a load thread ended early with exit code ${code}`)));
        thread.on('message', (message: ChurnThreadMessage) => {
          if (message.type === 'started') busy.watch(threadName(index), threadCpu(message.threadId));
          else if (message.type === 'interval') intervals.add(index, message);
          else if (message.type === 'closed') run.onClosed?.(message.localPort, message.at);
          else resolve(message.totals);
        });
      }),
  );
  return {
    result: Promise.all(totals)
      .then((all) => {
        intervals.flush();
        return mergeTotals(all, busy.totalMs());
      })
      .finally(() => busy.stop()),
    stop() {
      for (const thread of threads) thread.postMessage('stop');
    },
  };
}

/** Merges the threads' intervals, the nth of each into one. Latency percentiles are those of the worst thread. */
class IntervalSums {
  private readonly waiting: ChurnInterval[][];
  private readonly emit: (interval: ChurnInterval) => void;

  constructor(threads: number, emit: (interval: ChurnInterval) => void) {
    this.waiting = Array.from({ length: threads }, () => []);
    this.emit = emit;
  }

  add(index: number, interval: ChurnInterval & { type: 'interval' }): void {
    const { type: _, ...rest } = interval;
    this.waiting[index]?.push(rest);
    while (this.waiting.every((list) => list.length > 0)) this.emitNext();
  }

  /** A thread that ended earlier has fewer intervals; the others still count. */
  flush(): void {
    while (this.waiting.some((list) => list.length > 0)) this.emitNext();
  }

  private emitNext(): void {
    const parts = this.waiting.flatMap((list) => list.shift() ?? []);
    const [first] = parts;
    if (first === undefined) return;
    if (parts.length === 1) {
      this.emit(first);
      return;
    }
    const merged: ChurnInterval = {
      ...first,
      at: Math.max(...parts.map((part) => part.at)),
      intervalMs: Math.max(...parts.map((part) => part.intervalMs)),
      ...sumCounts(parts),
      backlog: sumOrNull(parts.map((part) => part.backlog)),
    };
    for (const name of latencyNames) merged[name] = worstLatency(parts.map((part) => part[name]));
    this.emit(merged);
  }
}

function sumCounts(parts: readonly ChurnCounts[]): ChurnCounts {
  const sum = (pick: (part: ChurnCounts) => number) => parts.reduce((total, part) => total + pick(part), 0);
  return {
    attempts: sum((part) => part.attempts),
    notStarted: sum((part) => part.notStarted),
    connected: sum((part) => part.connected),
    completed: sum((part) => part.completed),
    failedAfterConnect: sum((part) => part.failedAfterConnect),
    answers: sum((part) => part.answers),
    inFlight: sum((part) => part.inFlight),
    failures: addedUp(parts.flatMap((part) => part.failures)),
  };
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}

function mergeTotals(all: readonly ChurnThreadTotals[], cpuMs: number | null): LoadResult {
  const latencies = {} as Record<LatencyName, ChurnInterval[LatencyName]>;
  const histograms: Partial<Record<LatencyName, string>> = {};
  for (const name of latencyNames) {
    const [first, ...others] = all.map((part) => decodeFromCompressedBase64(part.histograms[name]) as Histogram);
    for (const other of others) first?.add(other);
    latencies[name] = first ? latencyOf(first) : null;
    if (first && first.totalCount > 0) histograms[name] = encodeIntoCompressedBase64(first);
  }
  const first = new Map<string, ChurnThreadTotals['firstFailures'][number]>();
  for (const failure of all.flatMap((part) => part.firstFailures)) {
    const key = `${failure.phase}/${failure.errno}`;
    if (failure.at < (first.get(key)?.at ?? Number.POSITIVE_INFINITY)) first.set(key, failure);
  }
  const due = sumOrNull(all.map((part) => part.due));
  return {
    ...sumCounts(all),
    ...(due !== null && { due }),
    ...latencies,
    histograms,
    startedAt: Math.min(...all.map((part) => part.startedAt)),
    endedAt: Math.max(...all.map((part) => part.endedAt)),
    firstFailures: [...first.values()],
    cpuMs,
    blindSpots: [],
    engineVersion: null,
    transport: all[0]?.transport ?? null,
  };
}
