import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ValidationIssue } from '../model/errors.ts';
import { exporters } from '../report/exporters.ts';
import { strangersPart } from '../rights/safe-files.ts';
import { journalFileName } from '../run/journal.ts';

/**
 * Why a run may not write to this folder: it is not a folder, it already contains a run, or a file there has the name
 * of a report to be written, or root would write where another user decides. A folder that does not exist yet, or that contains other files, is fine.
 */
export async function runFolderIssues(folder: string, formats: readonly string[]): Promise<ValidationIssue[]> {
  const hint = 'choose another folder with --out DIR';
  const part = strangersPart(folder);
  if (part !== null) {
    return [
      {
        field: '--out',
        message: `root does not write to ${folder}: ${part} belongs to another user, or all may write there`,
        hint,
      },
    ];
  }
  const known = await stat(folder).catch(() => null);
  if (known !== null && !known.isDirectory()) return [{ field: '--out', message: `${folder} is not a folder`, hint }];
  if (await isThere(join(folder, journalFileName))) {
    return [{ field: '--out', message: `${folder} already contains a run`, hint }];
  }
  const issues: ValidationIssue[] = [];
  for (const { fileName } of exportersOf(formats)) {
    const file = join(folder, fileName);
    if (await isThere(file)) issues.push({ field: '--out', message: `${file} exists and would be overwritten`, hint });
  }
  return issues;
}

/** True for anything that exists, including a dangling link. */
export async function isThere(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => null)) !== null;
}

/** Exporters of these formats, always including report.json. */
export function exportersOf(formats: readonly string[]) {
  return exporters.filter(({ format }) => format === 'json' || formats.includes(format));
}
