import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { runFolderIssues } from '../../harness/cli/run-folder.ts';
import { historyCommand } from '../../harness/commands/history.ts';
import { reportCommand } from '../../harness/commands/report.ts';

const sample = new URL('../../results/sample/', import.meta.url).pathname;

it.runIf(process.getuid?.() === 0)('root writes nothing into the run folder of another user', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'strangers-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  vi.stubEnv('SUDO_UID', '');
  onTestFinished(() => void vi.unstubAllEnvs());
  chmodSync(folder, 0o755);
  for (const name of ['journal.ndjson', 'report.json']) copyFileSync(join(sample, name), join(folder, name));
  const victim = mkdtempSync(join(tmpdir(), 'victim-'));
  onTestFinished(() => rmSync(victim, { recursive: true, force: true }));
  writeFileSync(join(victim, 'file'), 'kept');
  for (const name of ['report.md', 'report.md.part', 'history.jsonl'])
    symlinkSync(join(victim, 'file'), join(folder, name));
  chownSync(folder, 54_321, 54_321);
  const before = readdirSync(folder);
  const refused = expect.objectContaining({
    code: 'FOLDER_NOT_OWN',
    exitCode: 2,
    hint: expect.stringContaining('copy'),
  });
  await expect(reportCommand(folder, { json: false, verbose: false, formats: ['markdown'] })).rejects.toThrow(refused);
  const history = { action: 'add' as const, runs: [folder], file: join(folder, 'history.jsonl') };
  await expect(historyCommand(history)).rejects.toThrow(refused);
  expect(await runFolderIssues(join(folder, 'new'), [])).toEqual([
    expect.objectContaining({ field: '--out', message: expect.stringContaining('belongs to another user') }),
  ]);
  expect(readdirSync(folder)).toEqual(before);
  expect(readFileSync(join(victim, 'file'), 'utf8')).toBe('kept');
});
