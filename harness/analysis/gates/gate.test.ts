import { describe, expect, it } from 'vitest';
import { sampleCell, sampleReport, sampleReuseCell, sampleSkipped } from '../../../test/samples/report.ts';
import { HarnessError } from '../../model/errors.ts';
import { brokenGateLines, checkGates, firstProfileBaseline, gateBreached, readGates } from './gate.ts';
import { gateIssuesForCells, reportTargets } from './gate-issues.ts';

const cells = sampleReport().cells;

function issues(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof HarnessError)
      return error.issues.map((o) => `${o.field} | ${o.message} | ${o.hint}`).join('\n');
    throw error;
  }
  return 'accepted';
}

describe('readGates', () => {
  it('reads absolute and relative gates', () => {
    const gates = readGates(
      'gates:\n  - holds: client.timeWait.peak < 10000\n  - {name: rate, holds: load.rate.achieved >= 0.95 * baseline}\n',
      'gates.yml',
    );
    expect(gates).toHaveLength(2);
  });

  it('names every wrong field at once', () => {
    const text = 'gates:\n  - holds: client.timeWait.peek < 10\n  - holds: load.failures\n';
    const told = issues(() => readGates(text, 'gates.yml'));
    expect(told).toContain('gates.yml: gates[0].holds');
    expect(told).toContain('client.timeWait.peak');
    expect(told).toContain('gates.yml: gates[1].holds');
  });

  it('rejects unknown fields, invalid YAML and an empty list', () => {
    expect(issues(() => readGates('gates:\n  - hold: verdict == healthy\n', 'g.yml'))).toContain('g.yml: gates[0]');
    const wrong = issues(() => readGates('gates:\n  - {hold: verdict == healthy, profile: [a]}\n', 'g.yml'));
    expect(wrong).toContain('g.yml: gates[0].holds | is missing');
    expect(wrong).toContain('g.yml: gates[0].hold | unknown field | did you mean holds?');
    expect(wrong).toContain('g.yml: gates[0].profile | unknown field | did you mean profiles?');
    expect(issues(() => readGates('gates: [', 'g.yml'))).toContain('not YAML');
    const long = JSON.stringify({ gates: Array(40).fill('x'.repeat(100_000)) });
    expect(issues(() => readGates(long, 'g.yml'))).toContain('not YAML: longer than 256 KiB');
    expect(issues(() => readGates('gates: []', 'g.yml'))).toContain('g.yml: gates');
    expect(issues(() => readGates('', 'g.yml'))).toContain('g.yml');
  });
});

describe('checkGates', () => {
  const check = (holds: string, over = {}) => checkGates([{ holds, ...over }], cells, firstProfileBaseline(cells));

  it('evaluates a gate in every cell it applies to; in a skipped cell it is skipped', () => {
    expect(check('client.timeWait.peak < 600').map((r) => r.state)).toEqual(['broken', 'held', 'skipped']);
    expect(check('verdict == healthy', { profiles: ['tw-reuse-1'] }).map((r) => r.state)).toEqual(['held']);
  });

  it('prints the figures of each broken gate', () => {
    expect(brokenGateLines(check('load.rate.achieved >= 2 * baseline'))).toEqual([
      'gate broken: load.rate.achieved >= 2 * baseline in short-conn.tw-reuse-0.1: load.rate.achieved = 83.3/s, baseline = 83.3/s, limit = 166.6',
    ]);
  });

  it('a cell whose ledger does not balance breaks its gates, however good it looks', () => {
    const invalid = [sampleReuseCell({ verdict: 'invalid' })];
    const [result] = checkGates([{ holds: 'load.failures == 0' }], invalid, () => []);
    expect(result).toMatchObject({ state: 'broken', observed: 'load.failures = 0; the cell is invalid' });
  });

  it('a gate that would never be evaluated is an issue', () => {
    const check = (gate: object) =>
      gateIssuesForCells([{ holds: 'verdict == healthy', ...gate }], reportTargets(cells), 'g.yml');
    expect(check({})).toEqual([]);
    expect(check({ profiles: ['tw-resue-1'] })[0]?.hint).toContain('tw-reuse-1');
    expect(check({ form: 'full' })[0]?.message).toBe('applies to no cell of the run');
    expect(check({ holds: 'lb.timeWait.peak < 3' })[0]?.message).toContain('`lb`');
  });
});

describe('gateBreached', () => {
  it('decides only by what was read', () => {
    expect(gateBreached({ holds: 'client.timeWait.peak < 600' }, sampleCell())).toBe(true);
    expect(gateBreached({ holds: 'phases.recoveryMs < 600' }, sampleCell())).toBe(false);
    expect(gateBreached({ holds: 'client.timeWait.peak < 600', profiles: ['other'] }, sampleCell())).toBe(false);
    expect(sampleSkipped().verdict).toBe('skipped');
  });
});
