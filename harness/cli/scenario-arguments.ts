import type { Family } from '../model/address.ts';
import type { ValidationIssue } from '../model/errors.ts';
import { didYouMean, shortened } from '../model/nearest.ts';
import type { RuntimeTraits } from '../model/runtime.ts';
import type { Profile, Scenario } from '../model/scenario.ts';
import { lacking } from '../plan/capabilities.ts';
import { withClientImage } from '../plan/client-image.ts';
import type { Overrides } from '../plan/overrides.ts';
import { type LoadArguments, readLoadArguments } from './load-arguments.ts';
import { profileFitIssues, readProfileNames, readScenarioNames } from './scenario-names.ts';
import { readServerArguments } from './server-arguments.ts';
import { readSysctlArguments } from './sysctl-arguments.ts';

/** Arguments as given; all are checked here, so that every issue is reported at once. */
export interface ScenarioArguments extends LoadArguments {
  names: string[];
  all?: boolean | undefined;
  profiles?: string | undefined;
  runtime: string;
  quick: boolean;
  duration?: string | undefined;
  rate?: string | undefined;
  maxRate?: string | undefined;
  repeat?: string | undefined;
  parallel?: string | undefined;
  /** `4` or `6`. */
  family?: string | undefined;
  sysctl: string[];
  samplesHz?: string | undefined;
  /** `[ROLE=]IMAGE`, once a role. */
  serverImage?: readonly string[] | undefined;
  /** `[ROLE=]PROGRAM`, once a role. */
  serverCmd?: readonly string[] | undefined;
  /** `[ROLE=]PORT`, once a role. */
  serverPort?: readonly string[] | undefined;
  serverEnv: string[];
  /** A scenario was named as a file that could not be read, which is an issue of its own. */
  hasUnreadFile?: boolean | undefined;
  /** Issues found earlier with the options themselves (command-line-issues.ts). */
  issues?: readonly ValidationIssue[];
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

/** `90s`, `2m`, `500ms`, or a number of seconds → ms; `null` if it is none of them. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  return match ? Math.round(Number(match[1]) * (units[match[2] ?? 's'] as number)) : null;
}

/** What the machine and the catalogue provide, for the checks. */
export interface Known {
  scenarios: readonly Scenario[];
  profiles: readonly Profile[];
  runtimes: readonly RuntimeTraits[];
  /** Keys under /proc/sys/net of this machine; absent: not read. */
  sysctlKeys?: ReadonlySet<string>;
}

/** Parses the arguments; returns the parsed values and every issue. */
export function readScenarioArguments(
  args: ScenarioArguments,
  known: Known,
): { input: ScenarioInput; issues: ValidationIssue[] } {
  const issues: ValidationIssue[] = [...(args.issues ?? [])];
  const runtimeNames = ['auto', ...known.runtimes.map((runtime) => runtime.name)];
  const values = ['max', ...runtimeNames, ...known.profiles.map((profile) => profile.name)];
  const scenarios =
    args.hasUnreadFile === true && args.names.length === 0
      ? []
      : readScenarioNames(args.names, args.all === true, known.scenarios, values, issues);
  const profileNames = readProfileNames(args.profiles, known.profiles, issues);
  const named = known.profiles.filter((profile) => profileNames?.includes(profile.name));
  issues.push(...profileFitIssues(named, scenarios, known.scenarios));
  if (!runtimeNames.includes(args.runtime)) {
    const hint = didYouMean(args.runtime, runtimeNames);
    issues.push({ field: '--runtime', message: `no runtime '${shortened(args.runtime)}'`, hint });
  }
  const count = (field: string, text: string | undefined, most: number): number | undefined => {
    if (text === undefined) return undefined;
    if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
    const message = `'${shortened(text)}' is out of range or not a whole number`;
    issues.push({ field, message, hint: `a whole number from 1 to ${most}` });
    return undefined;
  };
  const durationMs = args.duration === undefined ? undefined : parseDuration(args.duration);
  if (durationMs === null || (durationMs !== undefined && (durationMs < 100 || durationMs > 24 * 3_600_000))) {
    const message = `'${shortened(args.duration ?? '')}' is not a duration`;
    issues.push({ field: '--duration', message, hint: 'such as 90s, 2m or 500ms; from 100ms to 24h' });
  }
  const settings = readSysctlArguments(args.sysctl, scenarios, known.sysctlKeys ?? new Set());
  issues.push(...settings.issues);
  const under = readServerArguments(args, scenarios, issues);
  if (under.hasImage || args.clientImage !== undefined) {
    const named = known.runtimes.find((runtime) => runtime.name === args.runtime);
    const lack = named === undefined ? null : lacking(named, ['images'], known.runtimes);
    const hint = lack?.hint ?? 'omit --server-image and --client-image';
    if (lack !== null) issues.push({ field: '--runtime', message: lack.reason, hint });
  }
  const rate = readRate('--rate', args.rate, issues);
  const maxRate = readRate('--max-rate', args.maxRate, issues);
  const family = readFamily(args.family, issues);
  const load = readLoadArguments(args, count('--threads', args.threads, 64), issues);
  const overrides: Overrides = {
    sysctls: settings.sysctls,
    ...(typeof durationMs === 'number' && { durationMs }),
    ...(rate !== undefined && { rate }),
    ...(typeof maxRate === 'number' && { maxRate }),
    ...(family !== undefined && { family }),
    ...load.overrides,
    ...(under.option !== null && { serverFrom: under.option }),
  };
  const input = {
    scenarios: scenarios
      .map(under.apply)
      .map((scenario) => (load.image === null ? scenario : withClientImage(scenario, load.image))),
    profileNames,
    runtime: args.runtime,
    repetitions: count('--repeat', args.repeat, 1000) ?? 1,
    parallel: (args.parallel ?? 'auto') === 'auto' ? ('auto' as const) : (count('--parallel', args.parallel, 64) ?? 1),
    samplesHz: count('--samples-hz', args.samplesHz, 100) ?? 10,
    overrides,
  };
  return { input, issues };
}

function readFamily(text: string | undefined, issues: ValidationIssue[]): Family | undefined {
  if (text === undefined) return undefined;
  if (text === '4' || text === '6') return text === '4' ? 4 : 6;
  issues.push({ field: '--family', message: `'${shortened(text)}' is not an internet protocol`, hint: '4 or 6' });
  return undefined;
}

function readRate(field: string, text: string | undefined, issues: ValidationIssue[]): number | 'max' | undefined {
  if (text === undefined || (text === 'max' && field === '--rate')) return text;
  const rate = Number(text);
  if (/^[\d.eE+]+$/.test(text) && Number.isFinite(rate) && rate > 0 && rate <= 10_000_000) return rate;
  issues.push({
    field,
    message: `'${shortened(text)}' is not an arrival rate`,
    hint: `connections per second, more than 0${field === '--rate' ? ', or max' : ''}`,
  });
  return undefined;
}
