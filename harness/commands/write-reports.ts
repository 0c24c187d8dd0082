import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '../model/report.ts';

export async function writeReports(out: string, report: Report): Promise<void> {
  await writeFile(join(out, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
}

export function printReport(report: Report, options: { json: boolean; out: string }): void {
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  for (const cell of report.cells) process.stderr.write(`${cell.id} ${cell.verdict}\n`);
}
