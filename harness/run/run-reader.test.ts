import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRunFolder } from './run-reader.ts';

const lines = readFileSync(join(import.meta.dirname, '..', '..', 'test/fixtures/journal-v1.ndjson'), 'utf8')
  .trimEnd()
  .split('\n');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-reader-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = () => join(folder, 'journal.ndjson');

it('ignores a last line that a kill cut off, and reports everything before it', async () => {
  writeFileSync(file(), `${lines.slice(0, 50).join('\n')}\n${lines[50]?.slice(0, 20)}`);
  const { report } = (await readRunFolder(folder)).result();
  expect(report.run.interrupted).toBe(true);
});

it('names the number of each corrupt line in the middle; exit code 2', async () => {
  const broken = lines.map((line, index) => (index === 9 || index === 29 ? line.slice(0, 20) : line));
  writeFileSync(file(), `${broken.join('\n')}\n`);
  await expect(readRunFolder(folder)).rejects.toMatchObject({
    exitCode: 2,
    issues: [10, 30].map((number) => ({ field: `${file()}:${number}`, message: 'not JSON' })),
  });
});
