import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ValidationIssue } from '../model/errors.ts';
import { exporters } from '../report/exporters.ts';
import { journalFileName } from '../run/journal.ts';

/**
 * Why a run may not write to this folder: it is none, it holds a run already, or a file there has the name of a report
 * that is going to be written. A folder that is not there yet, and one with other files in it, are fine.
 */
export async function runFolderIssues(folder: string, formats: readonly string[]): Promise<ValidationIssue[]> {
  const hint = 'choose another folder with --out DIR';
  const known = await stat(folder).catch(() => null);
  if (known !== null && !known.isDirectory()) return [{ field: '--out', message: `${folder} is no folder`, hint }];
  if (await isThere(join(folder, journalFileName))) {
    return [{ field: '--out', message: `${folder} already holds a run`, hint }];
  }
  const issues: ValidationIssue[] = [];
  for (const { fileName } of exportersOf(formats)) {
    const file = join(folder, fileName);
    if (await isThere(file)) issues.push({ field: '--out', message: `${file} exists and would be overwritten`, hint });
  }
  return issues;
}

/** Whatever it is, a dangling link too. */
export async function isThere(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => null)) !== null;
}

/** Exporters of these formats; report.json is always among them. */
export function exportersOf(formats: readonly string[]) {
  return exporters.filter(({ format }) => format === 'json' || formats.includes(format));
}
