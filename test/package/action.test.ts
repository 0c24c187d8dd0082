import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { netnsRuntime } from '../../harness/runtime/netns/netns.ts';
import { requireOrSkip } from '../require.ts';
import { runAction } from './action-runner.ts';

const workspace = mkdtempSync(join(tmpdir(), 'timewait-lab-workspace-'));
const run = {
  scenarios: 'short-conn',
  profiles: 'tw-reuse-0',
  arguments: "--quick --runtime netns --rate 600 --duration '2500ms' --no-fail",
  sudo: 'false',
};
let missing: string | null = null;

beforeAll(async () => {
  const runtime = netnsRuntime();
  const { available, detail } = await runtime.availability();
  missing = available ? null : detail;
  await runtime.close();
});
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

describe('the action', () => {
  beforeEach((context) => requireOrSkip('netns', missing, context));

  it('runs, writes the job summary once, and names the report', async () => {
    const reuse = `${run.arguments} --sysctl net.ipv4.tcp_tw_reuse=1`;
    const { exitCode, summary, outputs, log } = await runAction(workspace, { ...run, arguments: reuse, out: 'base' });
    expect({ exitCode, log }).toEqual({ exitCode: 0, log: expect.any(String) });
    expect(outputs).toEqual({ 'exit-code': '0', 'compare-exit-code': '', report: 'base/report.json' });
    expect(summary.match(/^# /gm)).toHaveLength(1);
  });

  it('compares with the base, and fails if the run got worse', async () => {
    const { exitCode, summary, outputs, log } = await runAction(workspace, { ...run, base: '\nbase/report.json\n' });
    expect(outputs).toEqual({
      'exit-code': '0',
      'compare-exit-code': '1',
      report: 'results/timewait-lab/report.json',
    });
    expect(exitCode).toBe(1);
    expect(log).toContain('::error title=timewait-lab::the comparison with the base ended with exit code 1');
    expect(summary).toContain('regressed');
    expect(existsSync(join(workspace, 'results/timewait-lab/compare.md'))).toBe(true);
  });
});

it('expands nothing in an argument, and ignores an earlier run', async () => {
  const given = { ...run, scenarios: '$(id)', arguments: "'a b'", gate: 'none.yml', out: 'base' };
  const { exitCode, log, outputs, summary } = await runAction(workspace, given);
  expect({ exitCode, outputs, summary }).toEqual({
    exitCode: 2,
    outputs: { 'exit-code': '2', 'compare-exit-code': '', report: '' },
    summary: '',
  });
  for (const said of ["'$(id)'", "'a b'", 'none.yml']) expect(log).toContain(said);
});
