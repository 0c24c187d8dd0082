import type { ValidationIssue } from '../model/errors.ts';
import { didYouMean, shortened } from '../model/nearest.ts';
import type { Profile, Scenario } from '../model/scenario.ts';
import { fitsScenario } from '../plan/profile-fit.ts';
import { commandText } from './invocation.ts';

/**
 * The requested scenarios; a name that is unknown, empty or repeated is an issue. `values`: names that belong to
 * options, such as those of profiles.
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
      hint: `${quick}, or ${list} to list all scenarios`,
    });
  }
  if (all && names.length > 0) {
    issues.push({
      field,
      message: '--all runs every scenario and cannot be combined with names',
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
  // A number, a list or KEY=VALUE is probably the value of an option that npm took.
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
  return {
    message,
    hint: `if it is the value of an option: options come after \`--\` and the scenario names: ${example}`,
  };
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

/** A profile that sets nothing on any peer of a scenario would measure the kernel's defaults under a wrong name. */
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
    const message = `profile '${profile.name}' sets nothing in ${unfit.join(', ')}, which has no peer '${roles}'`;
    const hint = fits.length > 0 ? `it applies to ${fits.join(', ')}` : 'no scenario has such a peer';
    return [{ field: '--profiles', message, hint }];
  });
}

/** Empty and repeated names: the result of the second would replace that of the first. */
export function repeated(names: readonly string[], field: string): ValidationIssue[] {
  const twice = [...new Set(names.filter((name, i) => name.trim() !== '' && names.indexOf(name) < i))];
  const issues = twice.map((name) => ({
    field,
    message: `'${shortened(name)}' is named twice`,
    hint:
      field.startsWith('--') && field !== '--profiles'
        ? 'name each once'
        : 'name each once; use --repeat N to measure it N times',
  }));
  if (!names.some((name) => name.trim() === '')) return issues;
  return [...issues, { field, message: 'a name is empty', hint: 'omit it, or check the variable it comes from' }];
}
