import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
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

export async function writeObservation(
  folder: string,
  observation: Observation,
  gates: readonly GateResult[],
): Promise<void> {
  const hash = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
  await mkdir(folder, { recursive: true });
  await writeWhole(join(folder, observationFileName), `${JSON.stringify(observation, null, 1)}\n`);
  await writeWhole(join(folder, 'observation.md'), observationMarkdown(observation, gates));
  await writeWhole(join(folder, 'observation.html'), observationPage(observation, gates, hash));
}

export async function writeRehearsal(folder: string, { scenario, conf }: Rehearsal): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeWhole(join(folder, 'scenario.yml'), stringify(scenario, { lineWidth: 110 }));
  await writeWhole(join(folder, savedProfile), conf);
}

/** Under a temporary name first, so that nobody reads half of it; no link is followed. */
async function writeWhole(file: string, text: string): Promise<void> {
  const part = `${file}.${randomBytes(6).toString('hex')}.part`;
  try {
    await writeFile(part, text, { flag: 'wx' });
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
