import type { ValidationIssue } from '../model/errors.ts';
import { didYouMean, editDistance, nearest, shortened } from '../model/nearest.ts';
import { commandText } from './invocation.ts';

/** What the checks need to know about a command's options (`commandOptions` in command-options.ts). */
export type OptionTable = Readonly<Record<string, OptionTraits>>;

export interface OptionTraits {
  type?: string;
  array?: boolean;
  choices?: readonly string[];
  /** Like `choices`, but checked here, because yargs stops at the first problem. */
  oneOf?: readonly string[];
  /** The value is a path and must not be empty. */
  isPath?: boolean;
}

/**
 * Issues with a command's options that do not depend on what the values mean: unknown options (with the nearest known
 * one and a corrected command line), repeated options, missing values. `args`: everything after the command's name.
 */
export function commandLineIssues(command: string, args: readonly string[], options: OptionTable): ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  const corrected = [...args];
  const seen = new Set<string>();
  const unknown: { arg: string; near: string | null }[] = [];
  for (let i = 0; i < args.length && args[i] !== '--'; i++) {
    const arg = args[i] as string;
    const [, name = '', , value] = /^--?([^=]*)(=(.*))?$/s.exec(arg) ?? [];
    if (!isOption(arg)) continue;
    const known = optionOf(name, options);
    if (known === null || !arg.startsWith('--')) {
      const near = nearestOption(name, options);
      unknown.push({ arg, near });
      if (near !== null) corrected[i] = near + arg.slice(arg.length - (value === undefined ? 0 : value.length + 1));
      continue;
    }
    const option = options[known] ?? {};
    const { array, type, choices } = option;
    if (seen.has(known) && array !== true) {
      issues.push({ field: `--${known}`, message: 'given more than once', hint: 'give it once' });
    }
    seen.add(known);
    if (type === 'boolean') {
      if (value !== undefined && value !== 'true' && value !== 'false') {
        issues.push({
          field: `--${known}`,
          message: `takes no value, but was given '${shortened(value)}'`,
          hint: `--${known}`,
        });
      }
    } else if (type !== undefined || choices !== undefined) {
      const next = args[i + 1];
      if (value !== undefined) {
        issues.push(...valueIssues(known, value, option));
        continue;
      }
      if (next === undefined || isOption(next)) {
        const isStray = next !== undefined && optionOf(next.replace(/^--?|=.*$/gs, ''), options) === null;
        const hint = isStray ? `if the value starts with a dash: --${known}='${next}'` : `--${known} VALUE`;
        issues.push({ field: `--${known}`, message: 'needs a value', hint });
        if (isStray) i++;
        continue;
      }
      issues.push(...valueIssues(known, next, option));
      i++;
    }
  }
  return [...unknown.map((one) => unknownIssue(one, command, corrected)), ...issues];
}

function valueIssues(name: string, value: string, { oneOf, isPath }: OptionTraits): ValidationIssue[] {
  const field = `--${name}`;
  if (isPath === true && value.trim() === '') {
    return [{ field, message: 'its value is empty', hint: 'name a file or folder, or omit the option' }];
  }
  if (oneOf === undefined || oneOf.includes(value)) return [];
  return [{ field, message: `'${shortened(value)}' is not valid`, hint: didYouMean(value, oneOf) }];
}

function unknownIssue(
  { arg, near }: { arg: string; near: string | null },
  command: string,
  corrected: readonly string[],
): ValidationIssue {
  const field = shortened(arg.replace(/=.*$/s, ''));
  const message = `${command} has no such option`;
  if (near === null) return { field, message, hint: `${commandText(command, ['--help'])} lists the options` };
  return { field, message, hint: `did you mean ${near}? ${commandText(command, corrected)}` };
}

/** `-5` is a value; `-x` and `--x` are not. */
function isOption(arg: string): boolean {
  return /^--?[^\d\s-]/.test(arg);
}

/** The option's name in the table, for `client-cmd`, `clientCmd` and `no-fail`; `null`: unknown. */
function optionOf(name: string, options: OptionTable): string | null {
  const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (kebab === 'help' || kebab === 'version' || options[kebab] !== undefined) return kebab;
  const positive = kebab.replace(/^no-/, '');
  return positive !== kebab && options[positive]?.type === 'boolean' ? positive : null;
}

/** The option that was probably meant: the nearest, or the only one with this prefix. */
function nearestOption(name: string, options: OptionTable): string | null {
  const names = Object.keys(options);
  const [close] = nearest(name, names, 1);
  if (close !== undefined && editDistance(name, close) <= Math.max(1, name.length / 3)) return `--${close}`;
  const begin = names.filter((option) => name.length > 1 && option.startsWith(name));
  return begin.length === 1 ? `--${begin[0]}` : close === undefined ? null : `--${close}`;
}
