import { createHash } from 'node:crypto';
import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { observationFileName } from '../analysis/observation/read-observation.ts';
import type { Rehearsal } from '../analysis/observation/rehearsal.ts';
import { savedProfile } from '../analysis/observation/rehearsal.ts';
import type { ValidationIssue } from '../model/errors.ts';
import type { GateResult } from '../model/gates.ts';
import type { Observation } from '../model/observation.ts';
import { observationPage } from '../report/html/observation-page.ts';
import { observationMarkdown } from '../report/text/observation-markdown.ts';
import { makeFolder, writeWholeFile } from '../rights/safe-files.ts';

export const reportNames = [observationFileName, 'observation.md', 'observation.html'] as const;
export const savedNames = ['scenario.yml', savedProfile] as const;

/** Why these files cannot be written there: it is not a folder, or one of them exists. */
export async function folderIssues(
  option: string,
  folder: string | undefined,
  names: readonly string[],
): Promise<ValidationIssue[]> {
  if (folder === undefined) return [];
  const hint = `choose another folder with ${option} DIR`;
  const found = await stat(folder).catch(() => null);
  if (found !== null && !found.isDirectory()) return [{ field: option, message: `${folder} is not a folder`, hint }];
  const issues: ValidationIssue[] = [];
  for (const name of names) {
    const file = join(folder, name);
    if ((await lstat(file).catch(() => null)) === null) continue;
    issues.push({ field: option, message: `${file} exists and would be overwritten`, hint });
  }
  return issues;
}

export function writeObservation(folder: string, observation: Observation, gates: readonly GateResult[]): void {
  const hash = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
  makeFolder(folder);
  writeWholeFile(join(folder, observationFileName), `${JSON.stringify(observation, null, 1)}\n`);
  writeWholeFile(join(folder, 'observation.md'), observationMarkdown(observation, gates));
  writeWholeFile(join(folder, 'observation.html'), observationPage(observation, gates, hash));
}

export function writeRehearsal(folder: string, { scenario, conf }: Rehearsal): void {
  makeFolder(folder);
  writeWholeFile(join(folder, 'scenario.yml'), stringify(scenario, { lineWidth: 110 }));
  writeWholeFile(join(folder, savedProfile), conf);
}
