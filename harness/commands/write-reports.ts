import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exporters } from '../report/exporters.ts';
import { renderTerminal } from '../report/terminal.ts';
import type { ReportView } from '../report/view.ts';

/** Writes every report file of a run; each appears whole or not at all. */
export async function writeReports(out: string, view: ReportView): Promise<void> {
  await Promise.all(
    exporters.map(async ({ fileName, render }) => {
      const file = join(out, fileName);
      await writeFile(`${file}.part`, render(view));
      await rename(`${file}.part`, file);
    }),
  );
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
