import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { HarnessError } from '../model/errors.ts';
import { readNamedFile } from './report-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'named-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pipe = join(folder, 'pipe');
execFileSync('mkfifo', [pipe]);
const huge = join(folder, 'huge');
const file = openSync(huge, 'w');
ftruncateSync(file, 2 ** 30);
closeSync(file);

it.each([
  ['a device that never ends', '/dev/zero', /not a regular file/],
  ['a pipe without a writer', pipe, /not a regular file/],
  ['a folder', folder, /not a regular file/],
  ['a file of 1 GiB', huge, /larger than 128 MiB/],
  ['a missing file', join(folder, 'none'), /ENOENT/],
])('refuses %s, and names it', async (_, path, why) => {
  const error = await readNamedFile(path, 'the gates').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(HarnessError);
  expect(error).toMatchObject({ exitCode: 2, issues: [{ field: path, message: expect.stringMatching(why) }] });
});

it('reads a regular file', async () => {
  writeFileSync(join(folder, 'gates.yml'), 'a: 1\n');
  expect(await readNamedFile(join(folder, 'gates.yml'), 'the gates')).toBe('a: 1\n');
});
