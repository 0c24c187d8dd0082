import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../harness/model/report.ts';
import { sampleCell, sampleReport, sampleReuseCell, sampleSkipped } from '../samples/report.ts';

/** compare and history from the command line, on report files alone. */
describe('npm run compare, npm run history', () => {
  const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-compare-'));
  const cli = (...args: string[]) => execa('node', ['dist/cli.mjs', ...args], { reject: false });
  const run = (name: string, report: Report) => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'report.json'), JSON.stringify({ ...report, run: { ...report.run, id: name } }));
  };
  const at = (name: string) => join(folder, name);

  beforeAll(() => {
    run('off', sampleReport({ cells: [sampleCell()] }));
    run('off-again', sampleReport({ cells: [sampleCell()] }));
    run('on', sampleReport({ cells: [sampleReuseCell()] }));
    run('elsewhere', sampleReport({ cells: [sampleCell({ scenario: 'redis-ping' })] }));
    run('skipped', sampleReport({ cells: [sampleSkipped({ profile: 'tw-reuse-0' })] }));
    writeFileSync(at('gates.yml'), 'gates:\n  - holds: load.rate.achieved <= 1.1 * baseline\n');
    writeFileSync(at('wrong.yml'), 'gates:\n  - holds: client.timeWait.peek < 3\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('a run against itself: 0; a regression: 1; --no-fail: 0', async () => {
    expect(await cli('compare', at('off'), at('off-again'))).toMatchObject({ exitCode: 0 });
    const regression = await cli('compare', at('on'), at('off'));
    expect(regression).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/verdict\s+healthy\s+exhausted/) });
    expect(await cli('compare', at('on'), at('off'), '--no-fail')).toMatchObject({ exitCode: 0 });
  });

  it('runs without a common cell, or without one that was measured in both: 3, and why', async () => {
    expect(await cli('compare', at('off'), at('elsewhere'))).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('they have no cell in common'),
    });
    expect(await cli('compare', at('off'), at('skipped'), '--no-fail')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('no cell was measured in both'),
    });
    expect(await cli('compare', at('off'), at('off-again'), at('elsewhere'))).toMatchObject({ exitCode: 3 });
  });

  it('accepts any number of runs, and pools all but the last', async () => {
    const each = await cli('compare', at('off'), at('off-again'), at('on'), '--format', 'json');
    expect(JSON.parse(each.stdout).comparisons).toHaveLength(2);
    const pooled = await cli('compare', at('off'), at('off-again'), at('on'), '--pool', '--format', 'json');
    expect(JSON.parse(pooled.stdout).comparisons[0].pairs[0].metrics[0].repetitions).toEqual([2, 1]);
  });

  it('a broken gate: exit code 1 and a line; an unknown metric: 2 and the nearest names', async () => {
    const broken = await cli('compare', at('off'), at('on'), '--gate', at('gates.yml'));
    expect(broken).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/gate broken: .*baseline = 83.3\/s/) });
    const wrong = await cli('compare', at('off'), at('on'), '--gate', at('wrong.yml'));
    expect(wrong).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('did you mean `client.timeWait.peak`'),
    });
  });

  it('names every missing run at once, and rejects a repeated option: exit code 2', async () => {
    const missing = await cli('compare', at('nowhere'), at('neither'));
    expect(missing.exitCode).toBe(2);
    expect(missing.stderr).toMatch(/nowhere[\s\S]*neither/);
    expect(await cli('compare', at('off'), at('on'), '--alpha', '0.1', '--alpha', '0.2')).toMatchObject({
      exitCode: 2,
    });
  });

  it('rejects a --last that is not a whole number: exit code 2', async () => {
    const file = at('last.jsonl');
    await cli('history', 'add', at('off'), at('on'), '--file', file);
    for (const last of ['banana', '0']) {
      const wrong = await cli('history', 'show', '--file', file, `--last=${last}`);
      expect(wrong, last).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`--last: '${last}' is not`) });
    }
    expect((await cli('history', 'show', '--file', file, '--last', '1')).stdout).not.toContain(' off ');
  });

  it('adds a run to the history only once', async () => {
    const file = at('history.jsonl');
    expect((await cli('history', 'add', at('off'), at('on'), '--file', file)).stdout).toContain('2 of 2 runs added');
    expect((await cli('history', 'add', at('on'), '--file', file)).stdout).toContain('0 of 1 runs added');
    const twice = await cli('history', 'add', at('off-again'), at('off-again'), '--file', file);
    expect(twice.stdout).toContain('1 of 2 runs added');
    expect((await cli('history', 'show', '--file', file)).stdout).toMatch(/off.*exhausted[\s\S]*on.*healthy/);
    expect(await cli('history', 'html', '--file', file)).toMatchObject({ exitCode: 0, stdout: at('history.html') });
  });
});
