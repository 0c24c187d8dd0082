import { monotonicMs } from '../../probe/clock.ts';
import { noLatencies } from '../counts.ts';
import type { Engine, EngineRun, RunningLoad } from '../engine.ts';
import { KernelCount, kernelBlindSpot } from '../kernel-counts.ts';
import { outsideTraits } from './traits.ts';

const intervalMs = 200;

const blindSpots = [
  'the client is an image: connections come from kernel counters, answers and errors are not visible',
  kernelBlindSpot,
];

/** Counts with kernel counters until the duration has passed or the runner reports the end of the load. */
export const outsideEngine: Engine = {
  traits: outsideTraits,
  start: watchStack,
};

function watchStack(run: EngineRun): RunningLoad {
  const startedAt = monotonicMs();
  const count = new KernelCount(run);
  const report = () => run.onInterval(count.interval());
  const ticker = setInterval(report, intervalMs);
  let stop = () => {};
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, run.load.durationMs);
    stop = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  const result = over.then(() => {
    clearInterval(ticker);
    report();
    return {
      ...noLatencies,
      ...count.total(),
      startedAt,
      endedAt: monotonicMs(),
      firstFailures: [],
      cpuMs: null,
      countedBy: 'kernel' as const,
      blindSpots,
      engineVersion: null,
      transport: run.load.image?.reference ?? null,
    };
  });
  return { result, stop: () => stop() };
}
