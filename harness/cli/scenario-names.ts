import type { ValidationIssue } from '../model/errors.ts';
import { didYouMean, shortened } from '../model/nearest.ts';
import type { Profile, Scenario } from '../model/scenario.ts';
import { fitsScenario } from '../plan/profile-fit.ts';
import { commandText } from './invocation.ts';

/**
 * The scenarios that were asked for; every name that is none, empty, or named twice is an issue. `values`: names that
 * belong to options, such as those of profiles.
 */
export function readScenarioNames(
  names: readonly string[],
  all: boolean,
  known: readonly Scenario[],
  values: readonly string[],
  issues: ValidationIssue[],
): Scenario[] {
  const field = 'scenario';
  if (names.length === 0 && !all) {
    const [quick, list] = [['short-conn', '--quick'], ['--list']].map((args) => commandText('scenario', args));
    issues.push({
      field,
      message: 'no scenario named on the command line',
      hint: `${quick}, or ${list} for what there is`,
    });
  }
  if (all && names.length > 0) {
    issues.push({
      field,
      message: '--all runs every scenario: no names beside it',
      hint: `--all, or ${names.join(' ')}`,
    });
  }
  issues.push(...repeated(names, field));
  if (all) return [...known];
  return [...new Set(names)].flatMap((name) => {
    const found = known.find((scenario) => scenario.name === name);
    if (found !== undefined) return [found];
    if (name.trim() !== '') issues.push({ field, ...unknownScenario(name, known, values) });
    return [];
  });
}

function unknownScenario(
  name: string,
  known: readonly Scenario[],
  values: readonly string[],
): Omit<ValidationIssue, 'field'> {
  const message = `no scenario '${shortened(name)}'`;
  // A number, a list or KEY=VALUE is the value of an option that was lost on the way here.
  const isValue = /^\d|[=,:{ ]/.test(name) || values.includes(name);
  if (!isValue)
    return {
      message,
      hint: didYouMean(
        name,
        known.map((scenario) => scenario.name),
      ),
    };
  const example = commandText('scenario', ['short-conn', '--duration', '3s']);
  return { message, hint: `the value of an option? Options come after \`--\`, names of scenarios first: ${example}` };
}

/** `--profiles a,b` → names; `undefined`: each scenario's own. */
export function readProfileNames(
  text: string | undefined,
  known: readonly Profile[],
  issues: ValidationIssue[],
): string[] | undefined {
  if (text === undefined) return undefined;
  const field = '--profiles';
  const names = text.split(',').map((name) => name.trim());
  const all = known.map((profile) => profile.name);
  issues.push(...repeated(names, field));
  for (const name of new Set(names)) {
    if (name === '' || all.includes(name)) continue;
    issues.push({ field, message: `no profile '${shortened(name)}'`, hint: didYouMean(name, all) });
  }
  return [...new Set(names)].filter((name) => all.includes(name));
}

/** A profile that sets nothing on any peer of a scenario would run as the kernel's defaults, under its own name. */
export function profileFitIssues(
  profiles: readonly Profile[],
  scenarios: readonly Scenario[],
  known: readonly Scenario[],
): ValidationIssue[] {
  return profiles.flatMap((profile) => {
    const unfit = scenarios.filter((scenario) => !fitsScenario(profile, scenario)).map((scenario) => scenario.name);
    if (unfit.length === 0) return [];
    const roles = Object.keys(profile.sysctls).join(', ');
    const fits = known.filter((scenario) => fitsScenario(profile, scenario)).map((scenario) => scenario.name);
    const message = `profile '${profile.name}' sets nothing in ${unfit.join(', ')}: there is no peer '${roles}'`;
    const hint = fits.length > 0 ? `it is for ${fits.join(', ')}` : 'no scenario has such a peer';
    return [{ field: '--profiles', message, hint }];
  });
}

/** Empty names, and names that stand twice: their second result would replace the first. */
export function repeated(names: readonly string[], field: string): ValidationIssue[] {
  const twice = [...new Set(names.filter((name, i) => name.trim() !== '' && names.indexOf(name) < i))];
  const issues = twice.map((name) => ({
    field,
    message: `'${shortened(name)}' is named twice`,
    hint:
      field.startsWith('--') && field !== '--profiles'
        ? 'name each once'
        : 'name each once; --repeat N measures it N times',
  }));
  if (!names.some((name) => name.trim() === '')) return issues;
  return [...issues, { field, message: 'a name is empty', hint: 'leave it out, or check the variable it comes from' }];
}
