import type { ValidationIssue } from '../model/errors.ts';
import type { OptionTable } from './command-line-issues.ts';
import { commandText } from './invocation.ts';

/** npm's own options, which a .npmrc may set: their presence says nothing about this command line. */
const ofNpm = new Set(['all', 'json', 'only', 'verbose', 'version', 'help']);

/**
 * `npm run scenario short-conn --quick`, without `--`: npm takes the options for itself, and puts them in the
 * environment as npm_config_quick. Without this check the options would silently be ignored.
 */
export function npmOptionIssues(
  command: string,
  args: readonly string[],
  options: OptionTable,
  env: Readonly<Record<string, string | undefined>>,
): ValidationIssue[] {
  if (env.npm_lifecycle_event === undefined) return [];
  const taken = Object.keys(options).flatMap((name) => {
    const value = env[`npm_config_${name.replaceAll('-', '_')}`];
    return value === undefined || ofNpm.has(name) ? [] : [{ name, value }];
  });
  if (taken.length === 0) return [];
  const written = taken.map(({ name, value }) => (value === '' ? `--no-${name}` : `--${name}`));
  const message = `npm took ${written.join(' ')} for itself: the lab's options must come after \`--\``;
  return [{ field: 'command line', message, hint: commandText(command, again(args, taken, options)) }];
}

/**
 * The intended command line; if npm separated several options from their values, the values stay where npm left them.
 */
function again(args: readonly string[], taken: readonly { name: string; value: string }[], options: OptionTable) {
  const parted = taken.filter(({ name, value }) => value === 'true' && options[name]?.type !== 'boolean');
  const rest = [...args];
  const last = parted.length === 1 && rest.length > 1 ? rest.pop() : undefined;
  const said = taken.flatMap(({ name, value }) => {
    if (value === '') return [`--no-${name}`];
    if (options[name]?.type === 'boolean') return [`--${name}`];
    return [`--${name}`, value === 'true' ? (last ?? 'VALUE') : value];
  });
  return [...rest, ...said];
}
