import type { Failure, LoadLatencies } from '../model/journal.ts';

/** For an engine that does not measure latency. */
export const noLatencies: LoadLatencies = {
  connectCallUs: null,
  connectLatencyUs: null,
  requestLatencyUs: null,
  scheduleLagUs: null,
};

/** Adds to the failures with the same errno and phase. */
export function addFailure(into: Map<string, Failure>, failure: Failure): void {
  const key = `${failure.phase}/${failure.errno}`;
  const sum = into.get(key) ?? { ...failure, count: 0 };
  sum.count += failure.count;
  into.set(key, sum);
}

export function countOf(failures: readonly Failure[]): number {
  return failures.reduce((sum, failure) => sum + failure.count, 0);
}
