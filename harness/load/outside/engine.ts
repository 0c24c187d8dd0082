import { monotonicMs } from '../../probe/clock.ts';
import { readCounters } from '../../probe/stack-reader.ts';
import type { Engine, EngineRun, RunningLoad } from '../engine.ts';
import { kernelCounts } from '../program/tally.ts';
import { outsideTraits } from './traits.ts';

const intervalMs = 200;

const blindSpots = [
  'the client is an image of its own: connections are those of its stack, answers and errors are not seen',
  'a connect() that failed for want of a port is in no counter',
];

/** Counts from the stack's counters until the time is up or the runner says that the load has ended. */
export const outsideEngine: Engine = {
  traits: outsideTraits,
  start: watchStack,
};

function watchStack(run: EngineRun): RunningLoad {
  const startedAt = monotonicMs();
  const before = readCounters();
  const none = { connectCallUs: null, connectLatencyUs: null, requestLatencyUs: null, scheduleLagUs: null };
  let reported = kernelCounts(before, before);
  let lastAt = startedAt;
  const report = () => {
    const counts = kernelCounts(before, readCounters());
    const at = monotonicMs();
    run.onInterval({
      ...none,
      ...counts,
      attempts: counts.attempts - reported.attempts,
      completed: Math.max(0, counts.completed - reported.completed),
      failures: [],
      at,
      intervalMs: at - lastAt,
    });
    reported = counts;
    lastAt = at;
  };
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
      ...none,
      ...kernelCounts(before, readCounters()),
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
