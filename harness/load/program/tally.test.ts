import { expect, it } from 'vitest';
import { countOf } from '../../model/failures.ts';
import type { Failure } from '../../model/journal.ts';
import { otherErrno, Tally } from './tally.ts';

it('counts kinds of failures beyond 64 together: each would be a column, a chart and a metric', () => {
  const tally = new Tally();
  const failures = Array.from({ length: 100 }, (_, n): Failure => ({ errno: `E${n}`, phase: 'connect', count: 1 }));
  const line = { type: 'interval' as const, attempts: 100, completed: 0, inFlight: 0, failures };
  for (let i = 0; i < 3; i++) tally.add(line, i);
  const totals = tally.totals();
  expect(totals.failures).toHaveLength(65);
  expect(countOf(totals.failures ?? [])).toBe(300);
  expect(totals.failures?.at(-1)).toEqual({ errno: otherErrno, phase: 'connect', count: 108 });
  expect(totals.firstFailures).toHaveLength(64);
});
