import { type ExitCode, exitCode, HarnessError, objectionsError } from '../model/errors.ts';
import { readRunFolder } from './run-reader.ts';
import { formatObjections, printReport, writeReports } from './write-reports.ts';

/** Makes the reports of a run again, from its journal alone: no runtime, no root, any machine. */
export async function reportCommand(
  folder: string,
  options: { json: boolean; formats: readonly string[] },
): Promise<ExitCode> {
  const objections = formatObjections(options.formats);
  if (objections.length > 0) throw objectionsError(objections);
  const { view } = (await readRunFolder(folder)).result();
  try {
    await writeReports(folder, view, options.formats);
  } catch (error) {
    throw new HarnessError('OUT_NOT_WRITABLE', `cannot write to ${folder}`, {
      exitCode: exitCode.usage,
      hint: 'copy the run to a folder of your own',
      cause: error,
    });
  }
  printReport(view, { json: options.json, out: folder });
  return exitCode.ok;
}
