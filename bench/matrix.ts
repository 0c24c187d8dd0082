import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { type CellReport, isMeasured, type Report } from '../harness/model/report.ts';
import { keep } from './bed-parts.ts';

/* Twelve full-length cells beside each other, in sequence, and one alone; and whether they say the same. */

const duration = process.env.BENCH_DURATION ?? '90s';
const profiles = ['tw-reuse-1', 'wide-range+tw-reuse', 'small-buckets', 'reuse-delay-100ms'];

async function run(words: string[]): Promise<{ report: Report; seconds: number }> {
  const out = join(mkdtempSync(join(tmpdir(), 'timewait-lab-bench-')), 'run');
  const startedAt = performance.now();
  const all = [
    'scripts/start.mjs',
    'scenario',
    'short-conn',
    '--rate',
    '1000',
    '--duration',
    duration,
    '--out',
    out,
    ...words,
  ];
  await execa(process.execPath, all, { reject: false, stderr: 'inherit', stdout: 'ignore' });
  const seconds = (performance.now() - startedAt) / 1000;
  return { report: JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report, seconds };
}

export default async function bench(): Promise<void> {
  const twelve = ['--profiles', profiles.join(','), '--repeat', '3', '--parallel'];
  const one = await run(['--profiles', profiles[0] as string]);
  const beside = await run([...twelve, 'auto']);
  const sequence = await run([...twelve, '1']);
  const rows = profiles.map((profile) => {
    const both = [sequence, beside].map(({ report }) => report.cells.filter((cell) => cell.profile === profile));
    return [
      profile,
      ...[verdict, predicted, plateau, rate].flatMap((say) => both.map((cells) => cells.map(say).join(', '))),
    ];
  });
  const pair = (what: string) => [`${what}, in sequence`, 'beside each other'];
  const times = (run: { seconds: number }) => (run.seconds / one.seconds).toFixed(2);
  keep(
    'matrix',
    ['profile', ...pair('verdict'), ...pair('plateau predicted'), ...pair('plateau'), ...pair('rate')],
    rows,
    { one: one.seconds, sequence: sequence.seconds, beside: beside.seconds },
    [
      `One cell: ${one.seconds.toFixed(1)} s. Twelve cells in sequence: ${sequence.seconds.toFixed(1)} s, ${times(sequence)} times as long; beside each other: ${beside.seconds.toFixed(1)} s, ${times(beside)} times.`,
      `Cells that something disturbed: ${disturbed(sequence.report.cells)} in sequence, ${disturbed(beside.report.cells)} beside each other.`,
    ],
  );
}

const verdict = (cell: CellReport) => cell.verdict;
const predicted = (cell: CellReport) => (isMeasured(cell) ? String(cell.budget?.plateau.predicted ?? '–') : '–');
const plateau = (cell: CellReport) => (isMeasured(cell) ? String(cell.budget?.plateau.measured ?? '–') : '–');
const rate = (cell: CellReport) => (isMeasured(cell) ? cell.load.rate.achieved.toFixed(1) : '–');
const disturbed = (cells: readonly CellReport[]) =>
  cells.filter((cell) => isMeasured(cell) && cell.disturbances.length > 0).length;
