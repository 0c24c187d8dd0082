import { causeText, exitCode, HarnessError, validationError } from '../../model/errors.ts';
import { Report, reportVersion } from '../../model/report.ts';
import { zodIssues } from '../../model/zod-issues.ts';

type Json = Record<string, unknown>;

/** From a version to the next one; written beside the change of `reportVersion`. None yet: 1 is the first. */
export type Migration = (report: Json) => Json;
const migrations: ReadonlyMap<number, Migration> = new Map();

/**
 * Parses report.json. Older versions are brought up to date step by step, newer ones refused: what their
 * fields mean is not known here. Throws issues with the path to each field that is wrong.
 */
export function readReport(text: string, file: string, steps: ReadonlyMap<number, Migration> = migrations): Report {
  const content = jsonObject(text, file);
  const parsed = Report.safeParse(upToDate(content, file, steps));
  if (!parsed.success) throw validationError(zodIssues(parsed.error, file).slice(0, 20));
  return parsed.data;
}

/** A report of the current version from one of any known version. */
export function upToDate(
  content: Json,
  file: string,
  steps: ReadonlyMap<number, Migration>,
  current: number = reportVersion,
): Json {
  const version = content.schemaVersion;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw validationError([
      {
        field: `${file}: schemaVersion`,
        message: 'no report: schemaVersion is missing',
        hint: 'give a run folder or its report.json',
      },
    ]);
  }
  if (version > current) {
    throw new HarnessError(
      'REPORT_TOO_NEW',
      `${file} has version ${version}, this lab reads versions up to ${current}`,
      {
        exitCode: exitCode.usage,
        hint: 'read it with the version of timewait-lab that wrote it, or a newer one',
      },
    );
  }
  let report = content;
  for (let from = version; from < current; from++) {
    const step = steps.get(from);
    if (step === undefined) {
      throw new HarnessError('REPORT_TOO_OLD', `${file} has version ${version}, which cannot be migrated`, {
        exitCode: exitCode.usage,
      });
    }
    report = { ...step(report), schemaVersion: from + 1 };
  }
  return report;
}

function jsonObject(text: string, file: string): Json {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw validationError([{ field: file, message: `not JSON: ${causeText(error).replace(/\s+/g, ' ')}` }]);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw validationError([{ field: file, message: 'not a report: not a JSON object' }]);
  }
  return content as Json;
}
