import { basename } from 'node:path';
import { causeText, HarnessError, type ValidationIssue } from '../model/errors.ts';
import { notAppliedNote } from '../model/not-applied.ts';
import { Profile } from '../model/scenario.ts';
import { isProfileFile as isFile } from '../model/scenario-file.ts';
import { parseYaml } from '../model/yaml.ts';
import { zodIssues } from '../model/zod-issues.ts';
import { type ConfLine, type ConfPlace, reviewConf } from '../plan/conf-review.ts';
import { readNamedFile } from './report-files.ts';

export interface NamedProfiles {
  /** `--profiles` with the name of its profile in place of each file. */
  text: string | undefined;
  /** Those of the files. */
  profiles: Profile[];
}

/**
 * Profiles that `--profiles` names as files: YAML or JSON (schemas/profile.schema.json), or a sysctl.conf, whose lines that
 * can be set per network namespace are set on every peer; the others become notes of the cells. A name with a slash, or
 * with one of these endings, is a file.
 */
export async function readProfileFiles(
  text: string | undefined,
  place: ConfPlace,
  issues: ValidationIssue[],
): Promise<NamedProfiles> {
  if (text === undefined) return { text, profiles: [] };
  const profiles: Profile[] = [];
  const names: string[] = [];
  for (const name of text.split(',').map((one) => one.trim())) {
    const profile = isFile(name) ? await readProfile(name, place, issues) : null;
    if (profile !== null) profiles.push(profile);
    if (profile !== null || !isFile(name)) names.push(profile?.name ?? name);
  }
  return { text: names.length === 0 ? undefined : names.join(','), profiles };
}

async function readProfile(path: string, place: ConfPlace, issues: ValidationIssue[]): Promise<Profile | null> {
  try {
    const text = await readNamedFile(path, 'the profile');
    return /\.(ya?ml|json)$/i.test(path) ? structured(text, path, issues) : fromConf(text, path, place, issues);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    issues.push(...error.issues);
    return null;
  }
}

function structured(text: string, path: string, issues: ValidationIssue[]): Profile | null {
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (error) {
    issues.push({
      field: path,
      message: `not YAML or JSON: ${causeText(error)}`,
      hint: 'see schemas/profile.schema.json',
    });
    return null;
  }
  const named = typeof value === 'object' && value !== null ? { name: nameOf(path), title: path, ...value } : value;
  const parsed = Profile.safeParse(named);
  if (parsed.success) return parsed.data;
  issues.push(...zodIssues(parsed.error, path, '.'));
  return null;
}

function fromConf(text: string, path: string, place: ConfPlace, issues: ValidationIssue[]): Profile | null {
  const lines = reviewConf(text, place);
  const wrong = lines.filter(({ fate }) => fate === 'unknown' || fate === 'invalid');
  issues.push(
    ...wrong.map(({ line, text: written, note }) => {
      const hint = `doctor --sysctl-file ${path} reviews the file line by line`;
      return { field: `${path}:${line}`, message: `${written}: ${note}`, hint };
    }),
  );
  const applied = lines.filter(({ fate }) => fate === 'applied');
  if (wrong.length === 0 && applied.length === 0) {
    const hint = `doctor --sysctl-file ${path} says why`;
    issues.push({ field: path, message: 'no line can be set in a network namespace', hint });
  }
  if (wrong.length > 0 || applied.length === 0) return null;
  const notes = lines
    .filter(({ fate, effect }) => fate !== 'applied' || effect === 'defeated')
    .map((line) => noteOf(path, line));
  const sysctls = {
    all: Object.fromEntries(
      applied.flatMap(({ setting }) => (setting === undefined ? [] : [[setting.key, setting.value]])),
    ),
  };
  return { name: nameOf(path), title: path, sysctls, ...(notes.length > 0 && { notes }) };
}

function noteOf(path: string, { line, text, fate, note }: ConfLine): string {
  const setting = `${basename(path)}:${line}: ${text}`;
  return fate === 'applied' ? `${setting}: ${note}` : notAppliedNote(setting, fate, note);
}

/** `/etc/sysctl.d/99-Net.conf` → `99-net.conf`. */
function nameOf(path: string): string {
  return basename(path)
    .toLowerCase()
    .replace(/[^a-z0-9+._-]/g, '-')
    .replace(/^[^a-z0-9]+/, '');
}
