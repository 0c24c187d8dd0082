import { causeText, validationError } from '../../model/errors.ts';
import { labCommand } from '../../model/lab-command.ts';
import { Observation, observationVersion } from '../../model/observation.ts';
import { parsePlainJson } from '../../model/plain-text.ts';
import { zodIssues } from '../../model/zod-issues.ts';

/** Name of the file in a folder that `observe --out` wrote. */
export const observationFileName = 'observation.json';

/** Parses what `observe --json` printed. Newer versions are rejected. Throws issues with the path to each field. */
export function readObservation(text: string, file: string): Observation {
  let content: unknown;
  try {
    content = parsePlainJson(text);
  } catch (error) {
    throw validationError([{ field: file, message: `not JSON: ${causeText(error).replace(/\s+/g, ' ')}` }]);
  }
  const version = (content as { observationVersion?: unknown } | null)?.observationVersion;
  if (typeof version === 'number' && version > observationVersion) {
    const hint = 'use the version of the lab that wrote it, or a newer one';
    throw validationError([{ field: file, message: `observation version ${version} is newer than this lab`, hint }]);
  }
  const parsed = Observation.safeParse(content);
  if (parsed.success) return parsed.data;
  const hint = `write it with ${labCommand('observe', '--out', 'DIR')}`;
  if (version === undefined) throw validationError([{ field: file, message: 'not an observation', hint }]);
  throw validationError(zodIssues(parsed.error, file).slice(0, 20));
}

/** Whether a JSON text is meant to be an observation and not a report. */
export function isObservation(text: string): boolean {
  return /"observationVersion"\s*:/.test(text.slice(0, 400));
}
