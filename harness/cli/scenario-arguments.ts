import { splitCommandLine } from '../load/program/command-line.ts';
import type { ValidationIssue } from '../model/errors.ts';
import { nearest } from '../model/nearest.ts';
import type { RuntimeTraits } from '../model/runtime.ts';
import type { ClientImage, Profile, Scenario } from '../model/scenario.ts';
import { foldWhiteSpace, sysctlIssues } from '../model/sysctls.ts';
import { lacking } from '../plan/capabilities.ts';
import { readClientImage, withClientImage } from '../plan/client-image.ts';
import type { Overrides } from '../plan/plan.ts';
import { readServerImage, type ServerImage, withServerImage } from '../plan/server-image.ts';

/** Words of the command line as they came; every one is checked here, so that all issues come at once. */
export interface ScenarioArguments {
  names: string[];
  all?: boolean | undefined;
  profiles?: string | undefined;
  profileFile?: string | undefined;
  runtime: string;
  quick: boolean;
  duration?: string | undefined;
  rate?: string | undefined;
  repeat?: string | undefined;
  parallel?: string | undefined;
  engine?: string | undefined;
  /** A program of the user's own in place of the engine. */
  clientCmd?: string | undefined;
  threads?: string | undefined;
  sysctl: string[];
  samplesHz?: string | undefined;
  serverImage?: string | undefined;
  serverPort?: string | undefined;
  serverEnv: string[];
  clientImage?: string | undefined;
  clientArgs?: string | undefined;
  clientEnv: string[];
}

export interface ScenarioInput {
  scenarios: Scenario[];
  profileNames: string[] | undefined;
  runtime: string;
  repetitions: number;
  parallel: number | 'auto';
  samplesHz: number;
  overrides: Overrides;
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `2m`, `500ms`, or a number of seconds → ms; `null` where it is none of them. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  return match ? Math.round(Number(match[1]) * (units[match[2] ?? 's'] as number)) : null;
}

/** Reads the words; returns what they ask for and every issue to them. */
export function readScenarioArguments(
  words: ScenarioArguments,
  known: { scenarios: readonly Scenario[]; profiles: readonly Profile[]; runtimes: readonly RuntimeTraits[] },
): { input: ScenarioInput; issues: ValidationIssue[] } {
  const issues: ValidationIssue[] = [];
  const object = (field: string, message: string, hint: string) => {
    issues.push({ field, message, hint });
    return undefined;
  };
  const scenarioNames = known.scenarios.map((scenario) => scenario.name);
  if (words.names.length === 0 && !words.all) object('scenario', 'no scenario named', '--list shows them all');
  const scenarios = words.all
    ? [...known.scenarios]
    : words.names.flatMap((name) => {
        const found = known.scenarios.find((scenario) => scenario.name === name);
        if (found === undefined) object('scenario', `no scenario '${name}'`, didYouMean(name, scenarioNames));
        return found ?? [];
      });
  const profileNames = words.profiles
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const knownProfiles = known.profiles.map((profile) => profile.name);
  for (const name of profileNames ?? []) {
    if (!knownProfiles.includes(name)) object('--profiles', `no profile '${name}'`, didYouMean(name, knownProfiles));
  }
  if (profileNames?.length === 0) object('--profiles', 'no profile named', `one of ${knownProfiles.join(', ')}`);
  const runtimeNames = ['auto', ...known.runtimes.map((runtime) => runtime.name)];
  if (!runtimeNames.includes(words.runtime)) {
    object('--runtime', `no runtime '${words.runtime}'`, didYouMean(words.runtime, runtimeNames));
  }
  const count = (field: string, text: string | undefined, most: number): number | undefined => {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    return object(field, `'${text}' is not a number the lab can use`, `a whole number from 1 to ${most}`);
  };
  const durationMs = words.duration === undefined ? undefined : parseDuration(words.duration);
  if (durationMs === null || (durationMs !== undefined && (durationMs < 100 || durationMs > 24 * 3_600_000))) {
    object('--duration', `'${words.duration}' is not a duration`, 'such as 90s, 2m or 500ms; from 100ms to 24h');
  }
  const sysctls: Overrides['sysctls'] = {};
  for (const word of words.sysctl) readSysctlWord(word, sysctls, issues);
  for (const [role, values] of Object.entries(sysctls)) {
    const roles = scenarios.flatMap((scenario) => Object.keys(scenario.peers));
    if (role !== 'all' && scenarios.length > 0 && !roles.includes(role)) {
      object('--sysctl', `no peer '${role}' in this scenario`, `one of all, ${[...new Set(roles)].join(', ')}`);
    }
    issues.push(...sysctlIssues(values, '--sysctl'));
  }
  const under = serverImageOf(words, issues);
  const client = clientImageOf(words, issues);
  if (words.serverImage !== undefined || words.clientImage !== undefined) {
    const named = known.runtimes.find((runtime) => runtime.name === words.runtime);
    const lack = named === undefined ? null : lacking(named, ['images'], known.runtimes);
    if (lack !== null) object('--runtime', lack.reason, lack.hint ?? 'leave --server-image and --client-image out');
  }
  const rate = readRate(words.rate, issues);
  const threads = count('--threads', words.threads, 64);
  const overrides: Overrides = {
    sysctls,
    ...(typeof durationMs === 'number' && { durationMs }),
    ...(rate !== undefined && { rate }),
    ...(words.engine !== undefined && { engine: words.engine }),
    ...(words.clientCmd !== undefined && { clientCommand: words.clientCmd }),
    ...(threads !== undefined && { threads }),
  };
  const input = {
    scenarios: scenarios
      .map((scenario) => (under === null ? scenario : withServerImage(scenario, under)))
      .map((scenario) => (client === null ? scenario : withClientImage(scenario, client))),
    profileNames,
    runtime: words.runtime,
    repetitions: count('--repeat', words.repeat, 1000) ?? 1,
    parallel: words.parallel === 'auto' ? ('auto' as const) : (count('--parallel', words.parallel, 64) ?? 1),
    samplesHz: count('--samples-hz', words.samplesHz, 100) ?? 10,
    overrides,
  };
  return { input, issues };
}

/** The image to put under test; `null`: the scenario's own server. */
function serverImageOf(words: ScenarioArguments, issues: ValidationIssue[]): ServerImage | null {
  if (words.serverImage === undefined) {
    const stray = words.serverPort !== undefined || words.serverEnv.length > 0;
    if (stray) {
      const message = '--server-port and --server-env belong to an image';
      issues.push({ field: '--server-image', message, hint: 'name it with --server-image IMAGE' });
    }
    return null;
  }
  const { serverImage: image, serverPort: port, serverEnv: env } = words;
  const read = readServerImage({ image, port, env });
  issues.push(...read.issues);
  return read.issues.length === 0 ? read.value : null;
}

/** The image that makes the load; `null`: an engine of the lab's. */
function clientImageOf(words: ScenarioArguments, issues: ValidationIssue[]): ClientImage | null {
  const { clientImage: image, clientArgs = '', clientEnv: env } = words;
  if (image === undefined) {
    if (clientArgs !== '' || env.length > 0) {
      const message = '--client-args and --client-env belong to an image';
      issues.push({ field: '--client-image', message, hint: 'name it with --client-image IMAGE' });
    }
    return null;
  }
  const read = readClientImage({ image, args: splitCommandLine(clientArgs), env });
  issues.push(...read.issues);
  if (words.clientCmd !== undefined || words.engine !== undefined) {
    const message = 'the image makes the load: no engine and no command beside it';
    issues.push({ field: '--client-image', message, hint: 'leave --engine and --client-cmd out' });
  }
  return read.issues.length === 0 ? read.value : null;
}

function readRate(text: string | undefined, issues: ValidationIssue[]): number | 'max' | undefined {
  if (text === undefined || text === 'max') return text;
  const rate = Number(text);
  if (text.trim() !== '' && Number.isFinite(rate) && rate > 0 && rate <= 10_000_000) return rate;
  issues.push({
    field: '--rate',
    message: `'${text}' is not an arrival rate`,
    hint: 'connections per second, more than 0, or max',
  });
  return undefined;
}

/** `KEY=VALUE` for every peer, `ROLE:KEY=VALUE` for one. */
function readSysctlWord(word: string, into: Overrides['sysctls'], issues: ValidationIssue[]): void {
  const match = /^(?:([a-z][a-z0-9-]*):)?([^=:]+)=(.*)$/.exec(word);
  if (match === null) {
    issues.push({
      field: '--sysctl',
      message: `'${word}' is not a setting`,
      hint: 'write --sysctl KEY=VALUE or --sysctl ROLE:KEY=VALUE, with quotes around values with spaces',
    });
    return;
  }
  const [, role = 'all', key = '', value = ''] = match;
  into[role as 'all'] = { ...into[role as 'all'], [key.trim()]: foldWhiteSpace(value) };
}

function didYouMean(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return near.length > 0 ? `did you mean ${near.join(' or ')}?` : `one of ${names.join(', ')}`;
}
