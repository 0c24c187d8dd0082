import { describe, expect, it } from 'vitest';
import { isAbandoned, ownerLabels, startedTicks, thisRunner } from './ownership.ts';

const labels = ownerLabels('r1', { pid: 77, started: '1234', host: 'here' });

describe('isAbandoned', () => {
  it('is false while the runner lives', () => {
    expect(isAbandoned(labels, 'here', () => '1234')).toBe(false);
  });
  it('is true once the process has ended, or its pid was reused', () => {
    expect(isAbandoned(labels, 'here', () => null)).toBe(true);
    expect(isAbandoned(labels, 'here', () => '9999')).toBe(true);
  });
  it("is false for another machine's run, and for what has no label", () => {
    expect(isAbandoned(labels, 'elsewhere', () => null)).toBe(false);
    expect(isAbandoned({}, 'here', () => null)).toBe(false);
  });
  it('recognizes this process', () => {
    const runner = thisRunner();
    expect(isAbandoned(ownerLabels('r', runner))).toBe(false);
    expect(startedTicks(runner.pid)).toBe(runner.started);
    expect(startedTicks(2 ** 22 + 1)).toBeNull();
  });
});
