import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isObservation, observationFileName, readObservation } from '../analysis/observation/read-observation.ts';
import { HarnessError, type ValidationIssue, validationError } from '../model/errors.ts';
import type { Observation } from '../model/observation.ts';
import { readBounded } from './bounded-file.ts';

/**
 * Observations by folder or file; `null`: all of them are something else, runs. Observations and runs together, and
 * invalid observations, are issues, all at once.
 */
export async function readObservations(paths: readonly string[]): Promise<Observation[] | null> {
  const issues: ValidationIssue[] = [];
  const observations: Observation[] = [];
  const others: string[] = [];
  for (const path of paths) {
    const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
    const file = isFolder ? join(path, observationFileName) : path;
    const text = textOrNull(file);
    if (text === null || !isObservation(text)) {
      others.push(path);
      continue;
    }
    try {
      observations.push(readObservation(text, file));
    } catch (error) {
      if (!(error instanceof HarnessError) || error.issues.length === 0) throw error;
      issues.push(...error.issues);
    }
  }
  if (observations.length === 0 && issues.length === 0) return null;
  for (const path of others) {
    issues.push({
      field: path,
      message: 'not an observation, unlike the others',
      hint: 'name runs or observations alone',
    });
  }
  if (issues.length > 0) throw validationError(issues);
  return observations;
}

/** `null`: it cannot be read; who reads it as a report says why. */
function textOrNull(file: string): string | null {
  try {
    return readBounded(file).text;
  } catch {
    return null;
  }
}
