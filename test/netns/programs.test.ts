import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { programCases } from '../programs/cases.ts';
import { type ClientsFolder, prepareClients } from '../programs/clients-folder.ts';
import { markedProcesses } from '../programs/marked-processes.ts';
import { problemsOf } from '../programs/problems.ts';
import { programCase } from '../programs/program-case.ts';
import { runCase } from '../programs/run-case.ts';
import { type CheckedCase, tableOf } from '../programs/table.ts';
import { requireOrSkip } from '../require.ts';
import { realStacks, root } from './stack.ts';

realStacks();

let clients: ClientsFolder;
const checked: CheckedCase[] = [];

beforeAll(async () => {
  clients = await prepareClients();
});

afterAll(() => {
  clients?.remove();
  if (checked.length === 0) return;
  mkdirSync(join(root, 'test-artifacts'), { recursive: true });
  writeFileSync(join(root, 'test-artifacts', 'programs.md'), tableOf(checked));
});

it('finds what carries the marker of a row, and the lab hands the marker on to the program', async () => {
  const marker = randomUUID();
  const child = execa('sleep', ['30'], { env: { TIMEWAIT_LAB_CASE: marker }, reject: false });
  try {
    await expect.poll(() => markedProcesses(marker)).toEqual([`${child.pid} sleep 30`]);
  } finally {
    child.kill();
  }
  await child;
  expect(markedProcesses(marker)).toEqual([]);
  const command = 'sh {clients}/marked.sh {log}';
  const { truth } = await runCase(programCase({ name: 'marked', command, seconds: 1, ranOut: false }), clients);
  expect(truth.counts?.end).toBe('marked');
});

it('knows at least 20 programs that run out of ports and 20 that do not, each by one name', () => {
  expect(new Set(programCases.map((row) => row.name)).size).toBe(programCases.length);
  for (const ranOut of [true, false]) {
    expect(programCases.filter((row) => row.ranOut === ranOut).length).toBeGreaterThanOrEqual(20);
  }
});

for (const row of programCases) {
  it(row.name, async (context) => {
    requireOrSkip('components', clients.missing(row.needs), context);
    const result = await runCase(row, clients);
    const skipped = result.cells.find((cell) => cell.verdict === 'skipped');
    requireOrSkip('components', skipped === undefined ? null : (skipped.reason ?? 'skipped'), context);
    const problems = problemsOf(row, result);
    checked.push({ row, result, problems });
    expect(problems, result.said).toEqual([]);
  });
}
