import type { ValidationIssue } from '../model/errors.ts';
import { nearest, shortened } from '../model/nearest.ts';
import { readCommandLine } from './command-line.ts';

/**
 * What is wrong with a program and its arguments, before anything starts. `field`: the option they came from.
 * `placeholders`: what is filled in for `{name}`.
 */
export function programIssues(command: string, field: string, placeholders: readonly string[]): ValidationIssue[] {
  const { argv } = readCommandLine(command);
  const [program] = argv;
  const issues = argumentIssues(command, field, placeholders);
  if (program === undefined || program === '') {
    return [...issues, { field, message: 'names no program', hint: `${field} 'PROGRAM ARGS {${placeholders[0]}}'` }];
  }
  if (/^[A-Za-z_]\w*=/.test(program)) {
    const message = `'${shortened(program)}' is not a program: no shell reads the command`;
    return [...issues, { field, message, hint: `write env ${program} PROGRAM` }];
  }
  return issues;
}

/** The same for arguments alone, of an image's own program. */
export function argumentIssues(command: string, field: string, placeholders: readonly string[]): ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  const { argv, openQuote, shellSyntax } = readCommandLine(command);
  if (openQuote !== null) {
    issues.push({ field, message: `a quote is not closed: ${openQuote}`, hint: `close it with ${openQuote}` });
  }
  if (shellSyntax.length > 0) {
    const message = `no shell reads the command, so that ${shellSyntax.join(' ')} would be passed on as written`;
    const wrapped = command.includes("'") ? "sh -c '…'" : `sh -c '${shortened(command, 200)}'`;
    issues.push({ field, message, hint: `wrap it in ${wrapped}, or put quotes around what is meant literally` });
  }
  const unknown = new Set(
    unquotedNames(command, placeholders).concat(argv.flatMap((word) => misspelledNames(word, placeholders))),
  );
  for (const name of unknown) {
    const known = placeholders.map((placeholder) => `{${placeholder}}`).join(', ');
    const meant = synonyms[name.toLowerCase()];
    const near = meant !== undefined && placeholders.includes(meant) ? meant : nearest(name, placeholders, 1)[0];
    const close = near === undefined ? '' : `did you mean {${near}}? `;
    const hint = `${close}There are ${known}; {{${name}}} is {${name}} itself`;
    issues.push({ field, message: `there is nothing to fill in for {${shortened(name)}}`, hint });
  }
  for (const name of unclosedNames(command, placeholders)) {
    issues.push({ field, message: `{${name} is not closed`, hint: `write {${name}}; {{${name} is {${name} itself` });
  }
  return issues;
}

/** What other tools call the same. */
const synonyms: Readonly<Record<string, string>> = {
  host: 'address',
  hostname: 'address',
  ip: 'address',
  server: 'address',
  uri: 'url',
};

/** `{url` without its end: only a placeholder's own name, because a brace alone may be a program's. */
function unclosedNames(command: string, placeholders: readonly string[]): string[] {
  const names = [...command.matchAll(/(?<![\w$%{])\{([A-Za-z_]\w*)(?![\w}])/g)].map((match) => match[1] as string);
  return [...new Set(names)].filter((name) => placeholders.includes(name));
}

/** `{word}`, but not `${word}` of a shell, `%{word}` of curl nor `{{word}}`. */
const braced = /(?<![\w$%{])\{([A-Za-z_]\w*)\}(?!\})/g;

/** Outside quotes any `{word}` is meant to be filled in. */
function unquotedNames(command: string, placeholders: readonly string[]): string[] {
  const bare = command.replace(/"[^"]*"?|'[^']*'?/g, ' ');
  return [...bare.matchAll(braced)].map((match) => match[1] as string).filter((name) => !placeholders.includes(name));
}

/** Within quotes there may be a program's own text, such as awk's `{print}`: only what is nearly a placeholder is one. */
function misspelledNames(word: string, placeholders: readonly string[]): string[] {
  const names = [...word.matchAll(braced)]
    .map((match) => match[1] as string)
    .filter((name) => !placeholders.includes(name));
  return names.filter((name) => nearest(name, placeholders).length > 0);
}
