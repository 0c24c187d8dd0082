import type { Failure } from './journal.ts';

/** Adds to the failures of the same errno in the same phase. */
export function addFailure(into: Map<string, Failure>, failure: Failure): void {
  const key = `${failure.phase}/${failure.errno}`;
  const sum = into.get(key) ?? { ...failure, count: 0 };
  sum.count += failure.count;
  into.set(key, sum);
}

export function countOf(failures: readonly Pick<Failure, 'count'>[]): number {
  return failures.reduce((sum, failure) => sum + failure.count, 0);
}

/** Failures of the same errno in the same phase as one, in order of first appearance. */
export function addedUp(failures: Iterable<Failure>): Failure[] {
  const sums = new Map<string, Failure>();
  for (const failure of failures) addFailure(sums, failure);
  return [...sums.values()];
}
