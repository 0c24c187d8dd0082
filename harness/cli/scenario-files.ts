import { basename, dirname, resolve } from 'node:path';
import { causeText, type ValidationIssue } from '../model/errors.ts';
import { didYouMean } from '../model/nearest.ts';
import { type Profile, Scenario } from '../model/scenario.ts';
import {
  configFiles,
  fileField,
  isProfileFile,
  namesCommands,
  namesFiles,
  ScenarioFile,
  scenarioOf,
} from '../model/scenario-file.ts';
import { isUncertain, validPart } from '../model/valid-part.ts';
import { readYaml } from '../model/yaml.ts';
import { fieldsAt, zodIssues } from '../model/zod-issues.ts';
import type { ConfPlace } from '../plan/conf-review.ts';
import { readBounded } from './bounded-file.ts';
import { readProfileFiles } from './profile-files.ts';

export interface NamedScenarios {
  /** The names on the command line, with that of its scenario in place of each file. */
  names: string[];
  scenarios: Scenario[];
  /** Those that the files define or name as files. */
  profiles: Profile[];
  /** Names an issue of a scenario by its file and field; drops what is only a consequence of another issue. */
  inFiles: (issues: readonly ValidationIssue[]) => ValidationIssue[];
}

export interface ScenarioFileOptions {
  place: ConfPlace;
  /** Names that a file must not take: those of the catalogue. */
  taken: readonly string[];
  /** Names that a profile in a file must not take: those of the lab. */
  takenProfiles?: readonly string[];
  /** --allow-commands: a file of another user may name programs. */
  allowCommands: boolean;
}

interface ReadScenario {
  path: string;
  scenario: Scenario;
  profiles: Profile[];
  /** What was not valid, and is left out so that the rest can be checked. */
  removed: (readonly PropertyKey[])[];
}

/** Larger files are no scenarios. */
const mostMiB = 1;

/**
 * Scenarios that the command line names as files: YAML or JSON (schemas/scenario.schema.json). A name with a slash, or with
 * the ending of one of them, is a file. Every problem of every file becomes an issue.
 */
export async function readScenarioFiles(
  names: readonly string[],
  options: ScenarioFileOptions,
  issues: ValidationIssue[],
): Promise<NamedScenarios> {
  const read: ReadScenario[] = [];
  const left: string[] = [];
  for (const name of names) {
    const one = isScenarioFile(name) ? await readScenario(name, options, issues) : null;
    if (one !== null && [...options.taken, ...read.map(({ scenario }) => scenario.name)].includes(one.scenario.name)) {
      const hint = 'give it another one with name:';
      issues.push({ field: `${name}: name`, message: `another scenario is called '${one.scenario.name}'`, hint });
      continue;
    }
    if (one !== null) read.push(one);
    if (one !== null || !isScenarioFile(name)) left.push(one?.scenario.name ?? name);
  }
  return {
    names: left,
    scenarios: read.map(({ scenario }) => scenario),
    profiles: read.flatMap(({ profiles }) => profiles),
    inFiles: (found) => found.flatMap((issue) => inFile(issue, read)),
  };
}

export function isScenarioFile(name: string): boolean {
  return /\/|\.(ya?ml|json)$/i.test(name);
}

function inFile(issue: ValidationIssue, files: readonly ReadScenario[]): ValidationIssue[] {
  const file = files.find(({ scenario }) => issue.field.startsWith(`scenarios.${scenario.name}.`));
  if (file === undefined) return [issue];
  const field = issue.field.slice(`scenarios.${file.scenario.name}.`.length);
  if (isUncertain(field.split('.'), file.removed)) return [];
  return [{ ...issue, field: `${file.path}: ${fileField(field)}` }];
}

async function readScenario(
  path: string,
  { place, allowCommands, takenProfiles = [] }: ScenarioFileOptions,
  issues: ValidationIssue[],
): Promise<ReadScenario | null> {
  const text = await textOf(path, issues);
  const parsed = text === null ? null : parsedFile(text.text, path, issues);
  if (text === null || parsed === null) return null;
  const { file, removed } = parsed;
  if (text.writableBy !== null && !allowCommands && (namesCommands(file) || namesFiles(file))) {
    const what = namesCommands(file) ? 'programs, images or rulesets' : 'other files';
    const message = `names ${what}, and ${text.writableBy}`;
    issues.push({ field: path, message, hint: 'read it, then add --allow-commands' });
    // Nor are the files read that it names.
    return null;
  }
  const folder = resolve(dirname(path));
  const configs = readConfigs(file, path, folder, issues);
  const { profiles, names } = await profilesOf(file, path, place, takenProfiles, issues);
  const profileNames = names.length === 0 ? ['baseline'] : names;
  const context = { fallbackName: nameOf(path), folder, configs, profileNames };
  const scenario = Scenario.safeParse(scenarioOf(file, context));
  // Links that it does not have follow from its hops, which have issues of their own.
  const uncertain = file.links === undefined ? [...removed, ['links']] : removed;
  if (scenario.success) return { path, scenario: scenario.data, profiles, removed: uncertain };
  if (removed.length === 0) issues.push(...zodIssues(scenario.error, path));
  return null;
}

/** What is valid of a file; its problems become issues. */
function parsedFile(text: string, path: string, issues: ValidationIssue[]) {
  const hint = 'schemas/scenario.schema.json and docs/scenario-files.md describe it';
  const read = readYaml(text);
  if (!read.ok) {
    for (const { line, message } of read.errors) {
      issues.push({ field: line === null ? path : `${path}:${line}`, message: `not a scenario: ${message}`, hint });
    }
    return null;
  }
  const { value } = read;
  const parsed = ScenarioFile.safeParse(value);
  if (parsed.success) return { file: parsed.data, removed: [] };
  const wrong = zodIssues(parsed.error, path, ': ', (at) => fieldsAt(ScenarioFile, at));
  issues.push(...wrong.map((issue) => ({ hint, ...issue })));
  const rest = validPart(ScenarioFile, value, 'peers');
  return rest === null ? null : { file: rest.value, removed: rest.removed };
}

/**
 * The file's text, and who else could have written it: `null` if only this user, root, or the user who called sudo. Both
 * from one open file, so that it cannot be replaced in between.
 */
async function textOf(
  path: string,
  issues: ValidationIssue[],
): Promise<{ text: string; writableBy: string | null } | null> {
  try {
    const { text, found } = readBounded(path, mostMiB);
    const own = [process.geteuid?.(), 0, Number(process.env.SUDO_UID ?? Number.NaN)];
    const isOthers = (found.mode & 0o002) !== 0 ? 'every user may write to it' : null;
    return { text, writableBy: own.includes(found.uid) ? isOthers : `belongs to another user (uid ${found.uid})` };
  } catch (error) {
    issues.push({ field: path, message: `cannot read the scenario: ${causeText(error)}`, hint: 'check the path' });
    return null;
  }
}

function readConfigs(file: ScenarioFile, path: string, folder: string, issues: ValidationIssue[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { field, path: config } of configFiles(file)) {
    try {
      texts.set(config, readBounded(resolve(folder, config), mostMiB).text);
    } catch (error) {
      const hint = 'the path is relative to the scenario file';
      issues.push({ field: `${path}: ${field}`, message: `cannot read ${config}: ${causeText(error)}`, hint });
    }
  }
  return texts;
}

/** Its profiles: by name, as a file relative to it, or in place. */
async function profilesOf(
  file: ScenarioFile,
  path: string,
  place: ConfPlace,
  taken: readonly string[],
  issues: ValidationIssue[],
): Promise<{ profiles: Profile[]; names: string[] }> {
  const profiles: Profile[] = [];
  const names: string[] = [];
  const roles = ['all', ...Object.keys(file.peers)];
  for (const [index, profile] of file.profiles.entries()) {
    const field = `${path}: profiles[${index}]`;
    if (typeof profile === 'string') {
      const read = await readProfileFiles(
        isProfileFile(profile) ? resolve(dirname(path), profile) : profile,
        place,
        issues,
      );
      profiles.push(...read.profiles);
      if (read.text !== undefined) names.push(...read.text.split(','));
      continue;
    }
    if ([...taken, ...names].includes(profile.name)) {
      const message = `another profile is called '${profile.name}'`;
      issues.push({ field: `${field}.name`, message, hint: 'give it another name' });
      continue;
    }
    for (const role of Object.keys(profile.sysctls).filter((one) => !roles.includes(one))) {
      issues.push({ field: `${field}.sysctls.${role}`, message: `no peer '${role}'`, hint: didYouMean(role, roles) });
    }
    profiles.push({ ...profile, title: profile.title ?? profile.name });
    names.push(profile.name);
  }
  return { profiles, names };
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
