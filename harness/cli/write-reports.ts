import { lstatSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brokenGateLines } from '../analysis/gates/gate.ts';
import { type ExitCode, exitCode, HarnessError, type ValidationIssue } from '../model/errors.ts';
import { labCommand } from '../model/lab-command.ts';
import { didYouMean, shortened } from '../model/nearest.ts';
import { exporters } from '../report/exporters.ts';
import { renderAnswer } from '../report/text/answer-lines.ts';
import { renderTerminal } from '../report/text/terminal.ts';
import type { ReportView } from '../report/view.ts';
import { writeWholeFile } from '../rights/safe-files.ts';
import { exportersOf } from './run-folder.ts';
import { repeated } from './scenario-names.ts';

/** The formats that a run writes without --format. */
export const usualFormats: readonly string[] = ['json', 'markdown', 'html', 'junit'];

/** Issues with the names of `--format`: unknown, empty or repeated. */
export function formatIssues(formats: readonly string[]): ValidationIssue[] {
  const names = exporters.map((exporter) => exporter.format);
  const unknown = [...new Set(formats)]
    .filter((format) => format !== '' && !names.includes(format))
    .map((format) => ({
      field: '--format',
      message: `no format '${shortened(format)}'`,
      hint: didYouMean(format, names),
    }));
  return [...unknown, ...repeated(formats, '--format')];
}

export interface WriteOptions {
  formats: readonly string[];
  /** Whether existing reports may be replaced, because they are regenerated. */
  replace: boolean;
}

/**
 * Writes the report files of a run, always including report.json; each is written atomically, and no link is followed.
 * Errors: OUT_NOT_EMPTY (exit 2) for an existing file that may not be replaced.
 */
export async function writeReports(out: string, view: ReportView, { formats, replace }: WriteOptions): Promise<void> {
  const failures: unknown[] = [];
  for (const { fileName, render } of exportersOf(formats)) {
    const file = join(out, fileName);
    try {
      writeWholeFile(file, render(view), () => replace || refuseExisting(file));
    } catch (error) {
      // All are tried: where the disk is full, a small one may still fit.
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Errors: OUT_NOT_EMPTY (exit 2) for a file that was created during the run. */
function refuseExisting(file: string): void {
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return;
  throw new HarnessError('OUT_NOT_EMPTY', `${file} was created during the run and is not overwritten`, {
    exitCode: exitCode.usage,
    hint: `move it away, then run '${labCommand('report', 'DIR')}' to write the reports`,
  });
}

/** Appends the Markdown report to GitHub's job summary, if there is one. */
export async function writeStepSummary(view: ReportView): Promise<void> {
  const file = process.env.GITHUB_STEP_SUMMARY;
  const markdown = exporters.find(({ format }) => format === 'markdown');
  if (file !== undefined && file !== '' && markdown !== undefined) await appendFile(file, markdown.render(view));
}

export interface PrintOptions {
  /** The report as JSON instead. */
  json: boolean;
  /** All figures before the summary. */
  verbose: boolean;
  /** Folder of the reports. */
  out: string;
  exitCode?: ExitCode;
}

/** Prints the result on stdout (a summary of one screen, or with `json` the report) and broken gates on stderr. */
export function printReport(view: ReportView, { json, verbose, out, exitCode: code }: PrintOptions): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(view.report)}\n`);
    for (const line of brokenGateLines(view.gates)) process.stderr.write(`${line}\n`);
    return;
  }
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const width = process.stdout.columns ?? 100;
  if (verbose) process.stdout.write(`${renderTerminal({ ...view, gates: [] }, { colour, width })}\n`);
  process.stdout.write(
    renderAnswer(view, { colour, width, folder: out, ...(code !== undefined && { exitCode: code }) }),
  );
}
