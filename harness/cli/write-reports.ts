import { randomBytes } from 'node:crypto';
import { appendFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brokenGateLines } from '../analysis/gates/gate.ts';
import { exitCode, HarnessError, type ValidationIssue } from '../model/errors.ts';
import { labCommand } from '../model/lab-command.ts';
import { didYouMean, shortened } from '../model/nearest.ts';
import { exporters } from '../report/exporters.ts';
import { renderTerminal } from '../report/text/terminal.ts';
import type { ReportView } from '../report/view.ts';
import { exportersOf, isThere } from './run-folder.ts';
import { repeated } from './scenario-names.ts';

/** What a run writes when --format names nothing. */
export const usualFormats: readonly string[] = ['json', 'markdown', 'html', 'junit'];

/** Names of `--format` that are no exporter's, empty, or there twice. */
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
  /** Whether reports that are there already are a former run's, to be written again. */
  replace: boolean;
}

/**
 * Writes the report files of a run; each appears whole or not at all, and no link is followed. report.json is always
 * among them. Errors: OUT_NOT_EMPTY (exit 2) for a file that is there and may not be replaced.
 */
export async function writeReports(out: string, view: ReportView, { formats, replace }: WriteOptions): Promise<void> {
  await Promise.all(
    exportersOf(formats).map(({ fileName, render }) => writeWhole(join(out, fileName), render(view), replace)),
  );
}

async function writeWhole(file: string, text: string, replace: boolean): Promise<void> {
  const part = `${file}.${randomBytes(6).toString('hex')}.part`;
  try {
    await writeFile(part, text, { flag: 'wx' });
    if (!replace && (await isThere(file))) {
      throw new HarnessError('OUT_NOT_EMPTY', `${file} was made while the run went on, and is left as it is`, {
        exitCode: exitCode.usage,
        hint: `move it away, then '${labCommand('report', 'DIR')}' writes the reports`,
      });
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** Appends the Markdown report to GitHub's job summary, where there is one. */
export async function writeStepSummary(view: ReportView): Promise<void> {
  const file = process.env.GITHUB_STEP_SUMMARY;
  const markdown = exporters.find(({ format }) => format === 'markdown');
  if (file !== undefined && file !== '' && markdown !== undefined) await appendFile(file, markdown.render(view));
}

/** The result on stdout: the comparison table, or with `json` the report itself, and broken gates on stderr. */
export function printReport(view: ReportView, options: { json: boolean; out: string }): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify(view.report)}\n`);
    for (const line of brokenGateLines(view.gates)) process.stderr.write(`${line}\n`);
    return;
  }
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const width = process.stdout.columns ?? 100;
  process.stdout.write(renderTerminal(view, { colour, width, folder: options.out }));
}
