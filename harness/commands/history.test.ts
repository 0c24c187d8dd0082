import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sampleReport } from '../../test/samples/report.ts';
import { historyCommand } from './history.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'timewait-lab-history-'));
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

it('adds a run only once, however often and by whatever path it is named', async () => {
  const run = join(folder, 'run');
  mkdirSync(run);
  writeFileSync(join(run, 'report.json'), JSON.stringify(sampleReport()));
  const file = join(folder, 'history.jsonl');
  await historyCommand({ action: 'add', runs: [run, run, join(run, 'report.json')], file });
  await historyCommand({ action: 'add', runs: [run], file });
  expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(1);
});

it.each(['banana', '0', '-3', '1.5', ''])("rejects --last '%s' before it reads anything", async (last) => {
  const asked = historyCommand({ action: 'show', runs: [], file: join(folder, 'none'), last });
  await expect(asked).rejects.toMatchObject({ exitCode: 2, issues: [{ field: '--last' }] });
});

it('reads no history that is a pipe or a device, which may never end', async () => {
  const run = join(folder, 'report.json');
  writeFileSync(run, JSON.stringify(sampleReport()));
  const pipe = join(folder, 'pipe.jsonl');
  execFileSync('mkfifo', [pipe]);
  for (const file of [pipe, '/dev/zero']) {
    const asked = historyCommand({ action: 'add', runs: [run], file });
    await expect(asked).rejects.toMatchObject({ exitCode: 2, issues: [{ field: file }] });
  }
});
