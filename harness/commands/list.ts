import { profiles } from '../../scenarios/profiles.ts';
import { scenarios } from '../../scenarios/registry.ts';
import { type ExitCode, exitCode } from '../model/errors.ts';

/** Lists scenarios and profiles, one per line or as JSON. */
export function listCommand(options: { json: boolean }): ExitCode {
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ scenarios, profiles }, null, 1)}\n`);
    return exitCode.ok;
  }
  const width = Math.max(...[...scenarios, ...profiles].map((one) => one.name.length)) + 2;
  const lines = (list: readonly { name: string; title: string }[]) =>
    list.map((one) => `  ${one.name.padEnd(width)}${one.title}`);
  process.stdout.write(`${['Scenarios', ...lines(scenarios), '', 'Profiles', ...lines(profiles)].join('\n')}\n`);
  return exitCode.ok;
}
