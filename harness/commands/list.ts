import { profiles } from '../../scenarios/profiles.ts';
import { scenarios } from '../../scenarios/registry.ts';
import { type ExitCode, exitCode, validationError } from '../model/errors.ts';
import { shortened } from '../model/nearest.ts';
import type { Scenario } from '../model/scenario.ts';
import { hasSymptom, symptomGroups } from '../model/symptoms.ts';

/**
 * Lists scenarios by symptom and the profiles, one per line or as JSON. `symptom`: only the scenarios that show it.
 * Errors: none shows it.
 */
export function listCommand({ json, symptom }: { json: boolean; symptom?: string | undefined }): ExitCode {
  const chosen = symptom === undefined ? scenarios : scenariosWith(symptom);
  if (json) {
    process.stdout.write(`${JSON.stringify({ scenarios: chosen, profiles }, null, 1)}\n`);
    return exitCode.ok;
  }
  const width = Math.max(...[...scenarios, ...profiles].map((one) => one.name.length)) + 2;
  const lines = (list: readonly { name: string; title: string }[]) =>
    list.map((one) => `  ${one.name.padEnd(width)}${one.title}`);
  const sections =
    symptom === undefined
      ? [...bySymptom(chosen), { heading: 'Profiles', list: profiles }]
      : [{ heading: `Scenarios that show '${symptom}'`, list: chosen }];
  const text = sections.map(({ heading, list }) => [heading, ...lines(list)].join('\n')).join('\n\n');
  process.stdout.write(`${text}\n`);
  return exitCode.ok;
}

/** Each scenario once, under its first symptom. */
function bySymptom(list: readonly Scenario[]): { heading: string; list: Scenario[] }[] {
  return [...symptomGroups, undefined]
    .map((group) => ({
      heading: group ?? 'Other scenarios',
      list: list.filter((scenario) => scenario.symptoms.groups[0] === group),
    }))
    .filter((section) => section.list.length > 0);
}

function scenariosWith(symptom: string): Scenario[] {
  const found = scenarios.filter((scenario) => symptom.trim() !== '' && hasSymptom(scenario.symptoms, symptom));
  if (found.length > 0) return found;
  throw validationError([
    {
      field: '--symptom',
      message: `no scenario shows '${shortened(symptom)}'`,
      hint: `part of an error message, or one of: ${symptomGroups.join(', ')}`,
    },
  ]);
}
