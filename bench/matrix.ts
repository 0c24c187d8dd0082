import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { isMeasured, type Report } from '../harness/model/report.ts';
import { keep } from './bed-parts.ts';

/* Twelve full-length cells beside each other against one alone, and whether they say the same. */

const duration = process.env.BENCH_DURATION ?? '90s';
const profiles = ['tw-reuse-1', 'wide-range+tw-reuse', 'small-buckets', 'reuse-delay-100ms'];

async function run(words: string[]): Promise<{ report: Report; seconds: number }> {
  const out = join(mkdtempSync(join(tmpdir(), 'timewait-lab-bench-')), 'run');
  const startedAt = performance.now();
  const all = ['scripts/start.mjs', 'scenario', 'short-conn', '--duration', duration, '--out', out, ...words];
  await execa(process.execPath, all, { reject: false, stderr: 'inherit', stdout: 'ignore' });
  const seconds = (performance.now() - startedAt) / 1000;
  return { report: JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report, seconds };
}

export default async function bench(): Promise<void> {
  const alone: Awaited<ReturnType<typeof run>>[] = [];
  for (const profile of profiles) alone.push(await run(['--profiles', profile]));
  const matrix = await run(['--profiles', profiles.join(','), '--repeat', '3', '--parallel', 'auto']);
  const one = alone.reduce((sum, each) => sum + each.seconds, 0) / alone.length;
  const rows = profiles.map((profile, index) => {
    const single = alone[index]?.report.cells[0];
    const cells = matrix.report.cells.filter((cell) => cell.profile === profile);
    const plateau = (cell: typeof single) => (cell && isMeasured(cell) ? (cell.budget?.plateau.measured ?? '–') : '–');
    const rate = (cell: typeof single) => (cell && isMeasured(cell) ? cell.load.rate.achieved.toFixed(1) : '–');
    const list = (pick: (cell: typeof single) => string | number) => cells.map((cell) => pick(cell)).join(', ');
    return [
      profile,
      single?.verdict ?? '–',
      list((cell) => cell?.verdict ?? '–'),
      plateau(single),
      list(plateau),
      rate(single),
      list(rate),
    ];
  });
  keep(
    'matrix',
    ['profile', 'verdict alone', 'in the matrix', 'plateau alone', 'in the matrix', 'rate alone', 'in the matrix'],
    rows,
    { one, matrix: matrix.seconds },
    [
      `One cell: ${one.toFixed(1)} s. Twelve cells beside each other: ${matrix.seconds.toFixed(1)} s, ${(matrix.seconds / one).toFixed(2)} times as long.`,
    ],
  );
}
