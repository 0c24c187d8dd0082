import { constants, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readReport } from '../analysis/journal/read-report.ts';
import { causeText, HarnessError, type ValidationIssue, validationError } from '../model/errors.ts';
import type { Report } from '../model/report.ts';

/** A report of a thousand cells has about 20 MiB. */
const mostMiB = 128;

/**
 * Reads a file that the user named. A missing file, one that is not a regular file, or one of more than 128 MiB is
 * reported as an issue: a device or a pipe might never end.
 */
export async function readNamedFile(path: string, what: string): Promise<string> {
  try {
    // O_NONBLOCK: opening a pipe would wait for a writer.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      if (!found.isFile()) throw new Error('not a regular file');
      if (found.size > mostMiB * 2 ** 20) throw new Error(`larger than ${mostMiB} MiB`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
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
