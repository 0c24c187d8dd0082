import { describe, expect, it } from 'vitest';
import { startedTicks } from '../../probe/process-identity.ts';
import { isAbandoned, isOwnName, ownerLabels, thisRunner } from './ownership.ts';

const here = { boot: 'b', pidNamespace: '1', machine: 'host id' };
const labels = ownerLabels('r1', { ...here, pid: 77, started: '1234' });

describe('isAbandoned', () => {
  it('is false while the runner lives', () => {
    expect(isAbandoned(labels, here, () => '1234')).toBe(false);
  });
  it('is true once the process has ended, or its pid was reused', () => {
    expect(isAbandoned(labels, here, () => null)).toBe(true);
    expect(isAbandoned(labels, here, () => '9999')).toBe(true);
  });
  it('is true after a restart of the same machine', () => {
    expect(isAbandoned(labels, { ...here, boot: 'next' }, () => '1234')).toBe(true);
  });
  it("is false for another machine's run, another pid namespace's, and for what has no label", () => {
    expect(isAbandoned(labels, { ...here, boot: 'other', machine: 'other id' }, () => null)).toBe(false);
    expect(isAbandoned(labels, { ...here, boot: 'other', machine: '' }, () => null)).toBe(false);
    expect(isAbandoned(labels, { ...here, pidNamespace: '2' }, () => null)).toBe(false);
    expect(isAbandoned({}, here, () => null)).toBe(false);
  });
  it('recognizes this process', () => {
    const runner = thisRunner();
    expect(isAbandoned(ownerLabels('r', runner))).toBe(false);
    expect(startedTicks(runner.pid)).toBe(runner.started);
    expect(startedTicks(2 ** 22 + 1)).toBeNull();
  });
});

it('takes an object for its own by its name too: an image made of a peer passes its labels on', () => {
  expect(isOwnName('/timewait-lab-r1-0-client', labels)).toBe(true);
  for (const name of ['/web', '/timewait-lab-r2-0-client', '/x-timewait-lab-r1-0']) {
    expect(isOwnName(name, labels), name).toBe(false);
  }
  expect(isOwnName('/timewait-lab-', {})).toBe(false);
});
