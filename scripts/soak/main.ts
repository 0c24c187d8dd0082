import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { keep } from '../../bench/keep-parts.ts';
import { parseDuration } from '../../harness/cli/scenario-arguments.ts';
import { distDir } from '../build.mjs';
import { fuzz, soakCases } from './fuzz.ts';
import { levelNames, type Slope, slopes } from './levels.ts';
import { type SoakResult, soak } from './soak.ts';

/** Caches and code are warm after this. */
const settledMs = 300_000;
/** Files that a process keeps open differ by a few from one instant to another. */
const mostOpenFiles = 5;

/** npm run soak -- --for 1h [--seed N] [--fuzz CASES] [--keep]: fuzz tests first, then rounds; writes bench/results/soak.md with --keep. Exit code 1: see stderr. */
export default async function main(args: string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args, options: { for: text, seed: text, fuzz: text, keep: { type: 'boolean' } } });
  const forMs = parseDuration(values.for ?? '1h');
  const seed = Number(values.seed ?? Date.now() % 2 ** 32);
  const cases = Number(values.fuzz ?? soakCases);
  if (forMs === null || !Number.isInteger(seed) || !Number.isInteger(cases) || cases < 0) {
    console.error('use --for 30m, --seed NUMBER and --fuzz CASES');
    return 2;
  }
  console.log(`seed ${seed}`);
  const found = fuzz(dirname(distDir), cases, seed);
  const result = await soak({ forMs, seed, dist: distDir, say: console.log });
  const grown = slopes(result.points, Math.min(settledMs, forMs / 4));
  const wrong = [...found, ...result.wrong, ...leaksIn(grown)];
  const lines = [
    `${result.rounds} rounds in ${Math.round((result.points.at(-1)?.atMs ?? 0) / 60_000)} min, seed ${seed}: ${faultsText(result)}; ${result.strikes} of the faults found something to strike.`,
    `${result.cells} measured cells; ${result.repeated.length} expectations held only when their scenario ran again alone.`,
    wrong.length === 0
      ? 'Nothing leaked, every ledger of a valid cell balanced, every untouched verdict was as expected.'
      : `${wrong.length} problems.`,
  ];
  const rows = grown.map(({ name, first, last, max, perHour }) => [
    levelNames[name],
    ...[first, last, max, perHour].map((value) => value.toFixed(name.endsWith('MiB') ? 1 : 0)),
  ]);
  const header = ['level after a round', 'first', 'last', 'highest', 'slope per hour'];
  if (values.keep) keep('soak', header, rows, { seed, ...result }, lines);
  else for (const row of [header, ...rows, ...lines.map((line) => [line])]) console.log(row.join('  '));
  if (result.skipped.length > 0) console.log(`not run, a component is missing: ${result.skipped.join(', ')}`);
  for (const each of [...result.repeated.map((held) => `held alone: ${held}`), ...wrong]) console.error(each);
  return wrong.length === 0 ? 0 : 1;
}

function faultsText({ faults }: SoakResult): string {
  return Object.entries(faults)
    .map(([name, count]) => `${count} ${name === 'none' ? 'without a fault' : name}`)
    .join(', ');
}

/** Levels of the lab's own process must come back; those of the machine are others' too, and only printed. */
function leaksIn(grown: readonly Slope[]): string[] {
  const of = (name: string) => grown.find((slope) => slope.name === name);
  const wrong: string[] = [];
  const files = of('openFiles');
  if (files && files.last - files.first > mostOpenFiles) wrong.push(`open files: ${files.first} → ${files.last}`);
  const heap = of('heapMiB');
  if (heap && heap.last > heap.first * 1.25) wrong.push(`heap: ${heap.first.toFixed(1)} → ${heap.last.toFixed(1)} MiB`);
  const temporary = of('temporary');
  if (temporary && temporary.last > temporary.first)
    wrong.push(`temporary files: ${temporary.first} → ${temporary.last}`);
  return wrong;
}
