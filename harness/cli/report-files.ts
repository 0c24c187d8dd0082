import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readReport } from '../analysis/journal/read-report.ts';
import { causeText, HarnessError, type ValidationIssue, validationError } from '../model/errors.ts';
import type { Report } from '../model/report.ts';
import { readBounded } from './bounded-file.ts';

/** Reads a file that the user named. A missing file, and what readBounded refuses, is reported as an issue. */
export async function readNamedFile(path: string, what: string): Promise<string> {
  try {
    return readBounded(path).text;
  } catch (error) {
    throw validationError([
      { field: path, message: `cannot read ${what}: ${causeText(error)}`, hint: 'check the path' },
    ]);
  }
}

/** Reads reports by run folder or file; throws the issues of all of them at once. */
export async function readReports(paths: readonly string[]): Promise<Report[]> {
  const issues: ValidationIssue[] = [];
  const reports: Report[] = [];
  for (const path of paths) {
    try {
      const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
      const file = isFolder ? join(path, 'report.json') : path;
      reports.push(readReport(await readNamedFile(file, 'the report'), file));
    } catch (error) {
      if (!(error instanceof HarnessError) || error.issues.length === 0) throw error;
      issues.push(...error.issues);
    }
  }
  if (issues.length > 0) throw validationError(issues);
  return reports;
}
