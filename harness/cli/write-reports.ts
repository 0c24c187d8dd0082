import { appendFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ValidationIssue } from '../model/errors.ts';
import { exporters } from '../report/exporters.ts';
import { renderTerminal } from '../report/text/terminal.ts';
import type { ReportView } from '../report/view.ts';

/** What a run writes when --format names nothing. */
export const usualFormats: readonly string[] = ['json', 'markdown', 'html', 'junit'];

/** The words of `--format` that name no exporter. */
export function formatIssues(formats: readonly string[]): ValidationIssue[] {
  const names = exporters.map((exporter) => exporter.format);
  return formats
    .filter((format) => !names.includes(format))
    .map((format) => ({ field: '--format', message: `no format '${format}'`, hint: `one of ${names.join(', ')}` }));
}

/** Writes the report files of a run; each appears whole or not at all. report.json is always among them. */
export async function writeReports(out: string, view: ReportView, formats: readonly string[]): Promise<void> {
  const wanted = exporters.filter(({ format }) => format === 'json' || formats.includes(format));
  await Promise.all(
    wanted.map(async ({ fileName, render }) => {
      const file = join(out, fileName);
      await writeFile(`${file}.part`, render(view));
      await rename(`${file}.part`, file);
    }),
  );
}

/** Appends the Markdown report to GitHub's job summary, where there is one. */
export async function writeStepSummary(view: ReportView): Promise<void> {
  const file = process.env.GITHUB_STEP_SUMMARY;
  const markdown = exporters.find(({ format }) => format === 'markdown');
  if (file !== undefined && file !== '' && markdown !== undefined) await appendFile(file, markdown.render(view));
}

/** The result on stdout: the comparison table, or with `json` the report itself. */
export function printReport(view: ReportView, options: { json: boolean; out: string }): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify(view.report)}\n`);
    return;
  }
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  process.stdout.write(renderTerminal(view, { colour, width: process.stdout.columns ?? 100 }));
  process.stdout.write(`reports: ${options.out}\n`);
}
