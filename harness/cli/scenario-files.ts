import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { causeText, HarnessError, type ValidationIssue } from '../model/errors.ts';
import { type Profile, Scenario } from '../model/scenario.ts';
import { namesCommands, ScenarioFile, scenarioOf } from '../model/scenario-file.ts';
import { zodIssues } from '../model/zod-issues.ts';
import type { ConfPlace } from '../plan/conf-review.ts';
import { readProfileFiles } from './profile-files.ts';
import { readNamedFile } from './report-files.ts';

export interface NamedScenarios {
  /** The names on the command line, with that of its scenario in place of each file. */
  names: string[];
  scenarios: Scenario[];
  /** Those that the files define or name as files. */
  profiles: Profile[];
}

export interface ScenarioFileOptions {
  place: ConfPlace;
  /** Names that a file must not take: those of the catalogue. */
  taken: readonly string[];
  /** --allow-commands: a file of another user may name programs. */
  allowCommands: boolean;
}

/**
 * Scenarios that the command line names as files: YAML or JSON (schemas/scenario.schema.json). A name with a slash, or with
 * the ending of one of them, is a file. Every problem of every file becomes an issue.
 */
export async function readScenarioFiles(
  names: readonly string[],
  options: ScenarioFileOptions,
  issues: ValidationIssue[],
): Promise<NamedScenarios> {
  const found: NamedScenarios = { names: [], scenarios: [], profiles: [] };
  for (const name of names) {
    if (!isScenarioFile(name)) {
      found.names.push(name);
      continue;
    }
    const read = await readScenario(name, options, issues);
    if (read === null) continue;
    const isTaken = [...options.taken, ...found.scenarios.map((one) => one.name)].includes(read.scenario.name);
    if (isTaken) {
      const hint = 'give it another one with name:';
      issues.push({ field: `${name}: name`, message: `another scenario is called '${read.scenario.name}'`, hint });
      continue;
    }
    found.names.push(read.scenario.name);
    found.scenarios.push(read.scenario);
    found.profiles.push(...read.profiles);
  }
  return found;
}

export function isScenarioFile(name: string): boolean {
  return /\/|\.(ya?ml|json)$/i.test(name);
}

async function readScenario(
  path: string,
  { place, allowCommands }: ScenarioFileOptions,
  issues: ValidationIssue[],
): Promise<{ scenario: Scenario; profiles: Profile[] } | null> {
  const before = issues.length;
  const file = await parsedFile(path, issues);
  if (file === null) return null;
  const stranger = ownerIfOther(path);
  if (stranger !== null && !allowCommands && namesCommands(file)) {
    const message = `names programs or images, and belongs to another user (uid ${stranger})`;
    issues.push({ field: path, message, hint: 'read it, then add --allow-commands' });
  }
  const folder = resolve(dirname(path));
  const { profiles, names } = await profilesOf(file, path, place, issues);
  const readConfig = (config: string) => {
    try {
      return readFileSync(resolve(folder, config), 'utf8');
    } catch (error) {
      const hint = 'the path is relative to the scenario file';
      issues.push({ field: `${path}: config`, message: `cannot read ${config}: ${causeText(error)}`, hint });
      return '';
    }
  };
  const input = scenarioOf(file, { fallbackName: nameOf(path), folder, readConfig, profileNames: names });
  const parsed = Scenario.safeParse(input);
  if (!parsed.success) issues.push(...zodIssues(parsed.error, path));
  return parsed.success && issues.length === before ? { scenario: parsed.data, profiles } : null;
}

async function parsedFile(path: string, issues: ValidationIssue[]): Promise<ScenarioFile | null> {
  try {
    const parsed = ScenarioFile.safeParse(parse(await readNamedFile(path, 'the scenario')));
    if (parsed.success) return parsed.data;
    issues.push(...zodIssues(parsed.error, path, ': ', Object.keys(ScenarioFile.shape)));
  } catch (error) {
    if (error instanceof HarnessError) issues.push(...error.issues);
    else {
      const hint = 'schemas/scenario.schema.json and docs/scenario-files.md describe it';
      issues.push({ field: path, message: `not YAML or JSON: ${causeText(error).split('\n')[0]}`, hint });
    }
  }
  return null;
}

/** Its profiles: by name, as a file relative to it, or in place. */
async function profilesOf(
  file: ScenarioFile,
  path: string,
  place: ConfPlace,
  issues: ValidationIssue[],
): Promise<{ profiles: Profile[]; names: string[] }> {
  const profiles: Profile[] = [];
  const names: string[] = [];
  for (const profile of file.profiles) {
    if (typeof profile !== 'string') {
      profiles.push({ ...profile, title: profile.title ?? profile.name });
      names.push(profile.name);
      continue;
    }
    const isFile = /\/|\.(conf|ya?ml|json)$/i.test(profile);
    const read = await readProfileFiles(isFile ? resolve(dirname(path), profile) : profile, place, issues);
    profiles.push(...read.profiles);
    if (read.text !== undefined) names.push(...read.text.split(','));
  }
  return { profiles, names };
}

/** The file's owner, if that is neither this user nor root, nor the user who called sudo; `null`: it is one of them. */
function ownerIfOther(path: string): number | null {
  const { uid } = statSync(path);
  const own = [process.geteuid?.(), 0, Number(process.env.SUDO_UID ?? Number.NaN)];
  return own.includes(uid) ? null : uid;
}

/** `./My Service.yml` → `my-service`. */
function nameOf(path: string): string {
  const slug = basename(path)
    .replace(/\.[^.]+$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  return slug === '' ? 'scenario' : slug;
}
