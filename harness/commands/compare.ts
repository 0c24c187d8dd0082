import {
  baselineInRun,
  type ComparedRun,
  compareRuns,
  hasCompared,
  type RunComparison,
} from '../analysis/compare/compare.ts';
import type { JudgeOptions } from '../analysis/compare/judge.ts';
import { measureNoiseFloor, readNoiseFloor } from '../analysis/compare/noise-floor.ts';
import { brokenGateLines, checkGates, readGates } from '../analysis/gates/gate.ts';
import { gateIssuesForCells, reportTargets } from '../analysis/gates/gate-issues.ts';
import { compareObserved } from '../cli/compare-observed.ts';
import { readObservations } from '../cli/named-observations.ts';
import { readNamedFile, readReports } from '../cli/report-files.ts';
import { type ExitCode, exitCode, validationError } from '../model/errors.ts';
import type { GateResult } from '../model/gates.ts';
import type { Report } from '../model/report.ts';
import { comparisonMarkdown, renderComparison } from '../report/text/run-comparison.ts';
import { writeWholeFile } from '../rights/safe-files.ts';

export interface CompareArguments {
  /** Run folders or report.json files, or observations; the first is the base. */
  runs: readonly string[];
  /** Gates file; checked for every run but the base. */
  gate?: string | undefined;
  /** False for --no-fail: exit code 0 even with regressions or broken gates. */
  fail: boolean;
  /** Pools all runs but the last into one base, such as the last nightlies. */
  pool: boolean;
  /** The runs are identical: measure how much they differ, and write it to `noise-floor`. */
  calibrate: boolean;
  noiseFloor?: string | undefined;
  /** Relative, `0.1` is 10 %; replaces the metrics' own minimum. */
  minEffect?: string | undefined;
  alpha?: string | undefined;
  format: 'terminal' | 'markdown' | 'json';
}

/** `compare A B …`: what differs between runs, and whether the difference is significant. */
export async function compareCommand(args: CompareArguments): Promise<ExitCode> {
  const needed = args.calibrate ? 1 : 2;
  if (args.runs.length < needed) {
    throw validationError([
      {
        field: 'runs',
        message: `needs at least ${needed} run${needed === 1 ? '' : 's'}`,
        hint: 'name folders under results/, or report.json files',
      },
    ]);
  }
  const options = judgeOptions(args);
  const observations = await readObservations(args.runs);
  if (observations !== null) return compareObserved(args, observations);
  const reports = await readReports(args.runs);
  if (args.calibrate) return calibrate(reports, args);
  if (args.noiseFloor !== undefined) {
    const text = await readNamedFile(args.noiseFloor, 'the noise floor');
    options.noiseFloor = readNoiseFloor(text, args.noiseFloor).metrics;
  }
  const runs = comparedRuns(args, reports);
  const comparisons = compareRuns(runs, options);
  const gates = args.gate === undefined ? [] : await gateResults(args.gate, runs);
  print(args.format, comparisons, gates);
  const regressed = comparisons.some(({ pairs }) => pairs.some((pair) => pair.outcome === 'regressed'));
  const broken = gates.some((gate) => gate.state === 'broken');
  if (args.fail && (regressed || broken)) return exitCode.notHeld;
  const nothing = comparisons.filter((comparison) => !hasCompared(comparison));
  for (const { base, value, pairs } of nothing) {
    const why = pairs.length === 0 ? 'they have no cell in common' : 'no cell was measured in both';
    process.stderr.write(`${value} could not be compared with ${base}: ${why}\n`);
  }
  return nothing.length > 0 ? exitCode.unavailable : exitCode.ok;
}

function comparedRuns(args: CompareArguments, reports: readonly Report[]): ComparedRun[] {
  const last = reports.length - 1;
  if (!args.pool) return reports.map((report, i) => ({ name: args.runs[i] ?? '', reports: [report] }));
  const base = { name: `${last} pooled run${last === 1 ? '' : 's'}`, reports: reports.slice(0, last) };
  return [base, { name: args.runs[last] ?? '', reports: reports.slice(last) }];
}

/** Evaluates the gates of every run but the base; `baseline` is the cell's counterpart in the base. */
async function gateResults(file: string, [base, ...others]: readonly ComparedRun[]): Promise<GateResult[]> {
  const gates = readGates(await readNamedFile(file, 'the gates'), file);
  const cellsOf = (run: ComparedRun) => run.reports.flatMap((report) => report.cells);
  const cells = others.flatMap(cellsOf);
  const issues = gateIssuesForCells(gates, reportTargets(cells), file);
  if (issues.length > 0) throw validationError(issues);
  if (base === undefined) return [];
  return others.flatMap((run) => checkGates(gates, cellsOf(run), baselineInRun(base, run)));
}

function print(format: CompareArguments['format'], comparisons: RunComparison[], gates: GateResult[]): void {
  if (format === 'json') {
    process.stdout.write(`${JSON.stringify({ comparisons, gates }, null, 1)}\n`);
    return;
  }
  const broken = brokenGateLines(gates);
  if (format === 'markdown') {
    process.stdout.write(comparisonMarkdown(comparisons) + broken.map((line) => `- ${line}\n`).join(''));
    return;
  }
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  process.stdout.write(renderComparison(comparisons, { colour }) + broken.map((line) => `${line}\n`).join(''));
}

async function calibrate(reports: readonly Report[], args: CompareArguments): Promise<ExitCode> {
  const text = `${JSON.stringify(measureNoiseFloor(reports), null, 2)}\n`;
  if (args.noiseFloor === undefined) process.stdout.write(text);
  else writeWholeFile(args.noiseFloor, text);
  return exitCode.ok;
}

function judgeOptions(args: CompareArguments): JudgeOptions {
  const share = (field: string, text: string | undefined, most: number): number | undefined => {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() !== '' && value > 0 && value <= most) return value;
    throw validationError([
      { field, message: `\`${text}\` is not a number above 0, at most ${most}`, hint: '0.1 is 10 %' },
    ]);
  };
  const minimumEffect = share('--min-effect', args.minEffect, 100);
  const alpha = share('--alpha', args.alpha, 0.5);
  return { ...(minimumEffect === undefined ? {} : { minimumEffect }), ...(alpha === undefined ? {} : { alpha }) };
}
