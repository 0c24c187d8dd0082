import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { boundedLines } from './bounded-lines.ts';
import { readRunFolder } from './run-reader.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bounded-lines-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function linesOf(text: string, mostBytes: number): Promise<(string | null)[]> {
  writeFileSync(join(folder, 'file'), text);
  const all: (string | null)[] = [];
  for await (const line of boundedLines(join(folder, 'file'), mostBytes)) all.push(line);
  return all;
}

it.each([
  ['', []],
  ['a', ['a']],
  ['a\n', ['a']],
  ['a\r\n\nb', ['a', '', 'b']],
  ['12345\n123456\n12\n', ['12345', null, '12']],
  ['1234567', [null]],
  ['äöü\n', [null]],
])('reads %j', async (text, lines) => {
  expect(await linesOf(text, 5)).toEqual(lines);
});

it('puts lines together that are longer than one read', async () => {
  const long = 'x'.repeat(200_000);
  expect(await linesOf(`${long}\n${long}y\nz`, 200_000)).toEqual([long, null, 'z']);
});

it('holds no more of a journal than one line, and names the line that is too long', async () => {
  const file = join(folder, 'journal.ndjson');
  writeFileSync(file, '');
  // A hole: nothing is written to the disk.
  truncateSync(file, 600 * 2 ** 20);
  const before = process.memoryUsage.rss();
  await expect(readRunFolder(folder)).rejects.toMatchObject({
    exitCode: 2,
    issues: [{ field: `${file}:1`, message: 'longer than 16 MiB' }],
  });
  expect(process.memoryUsage.rss() - before).toBeLessThan(300 * 2 ** 20);
});

it('counts broken lines beyond the first five and keeps none of them', async () => {
  writeFileSync(join(folder, 'journal.ndjson'), 'x\n'.repeat(10_000));
  const refused = await readRunFolder(folder).catch((error: unknown) => error);
  expect(refused).toMatchObject({ exitCode: 2 });
  const { issues } = refused as { issues: { message: string }[] };
  expect(issues).toHaveLength(6);
  // Of 10,000, five are named, and the last one may be a line that a kill cut off.
  expect(issues.at(-1)?.message).toBe('and 9994 more broken lines');
});

it('names the file of a journal that does not start with a run line', async () => {
  writeFileSync(join(folder, 'journal.ndjson'), '{"type":"ru');
  await expect(readRunFolder(folder)).rejects.toMatchObject({
    exitCode: 2,
    issues: [{ field: `${join(folder, 'journal.ndjson')}:1` }],
  });
});
