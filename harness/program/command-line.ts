export interface CommandLine {
  /** The program and its arguments. */
  argv: string[];
  /** The quote that is never closed; `null`: every one is. */
  openQuote: string | null;
  /** What only a shell would read, outside quotes, each once: `|`, `&&`, `$HOME`. */
  shellSyntax: string[];
}

/** Operators and substitutions of sh(1); a single `&` counts only where a shell's would, at the end of a word. */
const shellSyntax = /\|\|?|&&|[;<>`]|\$(?:[A-Za-z_]\w*|[({\d?!#@*$-])|&(?=\s|$)/y;

/** Takes a command line apart at white space; quotes and backslashes keep it together as in sh(1). No shell reads it. */
export function readCommandLine(command: string): CommandLine {
  const argv: string[] = [];
  const found = new Set<string>();
  let word: string | null = null;
  let quote: string | null = null;
  for (let i = 0; i < command.length; i++) {
    const char = command[i] as string;
    const escaped = quote === "'" ? null : escapedAt(command, i, quote);
    if (escaped !== null) {
      word = (word ?? '') + escaped;
      i++;
    } else if (quote !== null) {
      if (char === quote) quote = null;
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== null) argv.push(word);
      word = null;
    } else {
      shellSyntax.lastIndex = i;
      const syntax = shellSyntax.exec(command);
      if (syntax !== null) found.add(syntax[0]);
      const text = syntax?.[0] ?? char;
      word = (word ?? '') + text;
      i += text.length - 1;
    }
  }
  if (word !== null) argv.push(word);
  return { argv, openQuote: quote, shellSyntax: [...found] };
}

/** What a backslash takes the meaning from, as in sh(1); before any other character it stands for itself. */
function escapedAt(command: string, index: number, quote: string | null): string | null {
  if (command[index] !== '\\') return null;
  const next = command[index + 1] ?? '';
  return (quote === null ? /[\s"'\\|&;<>`$]/ : /["\\`$]/).test(next) ? next : null;
}

/** The program and its arguments; what is wrong with the line is for command-issues.ts to say. */
export function splitCommandLine(command: string): string[] {
  return readCommandLine(command).argv;
}

/**
 * A word with each `{name}` of `values` replaced by its value; `{{name}}` is `{name}` itself. Other braces stay: they may be
 * a program's own.
 */
export function fillWith(word: string, values: Readonly<Record<string, string>>): string {
  return word.replace(/\{\{(\w+)\}\}|\{(\w+)\}/g, (all, literal?: string, name = '') => {
    if (literal !== undefined) return `{${literal}}`;
    return Object.hasOwn(values, name) ? (values[name] as string) : all;
  });
}
