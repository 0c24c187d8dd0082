import { causeText, validationError } from '../../model/errors.ts';
import { parsePlainJson } from '../../model/plain-text.ts';
import { Report } from '../../model/report.ts';
import { zodIssues } from '../../model/zod-issues.ts';
import { reportFormat } from './migrations.ts';
import { type Json, upToDate } from './versions.ts';

/**
 * Parses report.json. Older versions are brought up to date step by step, newer ones are rejected, because their
 * fields may mean something else. Throws issues with the path to each field that is wrong.
 */
export function readReport(text: string, file: string): Report {
  const parsed = Report.safeParse(upToDate(jsonObject(text, file), reportFormat, file));
  if (!parsed.success) throw validationError(zodIssues(parsed.error, file).slice(0, 20));
  return parsed.data;
}

function jsonObject(text: string, file: string): Json {
  let content: unknown;
  try {
    content = parsePlainJson(text);
  } catch (error) {
    throw validationError([{ field: file, message: `not JSON: ${causeText(error).replace(/\s+/g, ' ')}` }]);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw validationError([{ field: file, message: 'not a report: not a JSON object' }]);
  }
  return content as Json;
}
