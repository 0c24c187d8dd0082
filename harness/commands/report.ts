import { formatIssues, printReport, writeReports } from '../cli/write-reports.ts';
import { type ExitCode, exitCode, HarnessError, validationError } from '../model/errors.ts';
import { needOwnPath } from '../rights/safe-files.ts';
import { readRunFolder } from '../run/run-reader.ts';

/** Regenerates a run's reports from its journal alone, on any machine, without a runtime or root. */
export async function reportCommand(
  folder: string,
  options: { json: boolean; verbose: boolean; formats: readonly string[] },
): Promise<ExitCode> {
  const issues = formatIssues(options.formats);
  if (issues.length > 0) throw validationError(issues);
  needOwnPath(folder);
  const { view } = (await readRunFolder(folder)).result();
  try {
    await writeReports(folder, view, { formats: options.formats, replace: true });
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    throw new HarnessError('OUT_NOT_WRITABLE', `cannot write to ${folder}`, {
      exitCode: exitCode.usage,
      hint: 'copy the run to a folder that you can write to',
      cause: error,
    });
  }
  printReport(view, { json: options.json, verbose: options.verbose, out: folder });
  return exitCode.ok;
}
