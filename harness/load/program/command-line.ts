import type { Target } from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';

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

/** What may stand in braces in a command line or its arguments. */
export const placeholders = ['url', 'address', 'port', 'target', 'targets'] as const;

/**
 * `{address}`, `{port}`, `{target}` (address:port) and `{url}` stand for the first destination, `{targets}` for all,
 * separated by commas. `{{url}}` is `{url}` itself.
 */
export function fillIn(word: string, targets: readonly Target[], path: string): string {
  const [first] = targets;
  const values: Readonly<Record<string, string>> = {
    address: first?.address ?? '',
    port: String(first?.port ?? ''),
    target: first === undefined ? '' : at(first),
    url: first === undefined ? '' : `http://${at(first)}${path}`,
    targets: targets.map(at).join(','),
  };
  return word.replace(/\{\{(\w+)\}\}|\{(address|port|targets|target|url)\}/g, (_, literal?: string, name = '') =>
    literal === undefined ? (values[name] ?? '') : `{${literal}}`,
  );
}

function at({ address, port }: Target): string {
  return `${address}:${port}`;
}

/** The load as environment variables, which any program can read. */
export function clientEnvironment(load: LoadSpec, targets: readonly Target[]): Record<string, string> {
  const [first] = targets;
  return {
    TIMEWAIT_LAB_TARGETS: targets.map(at).join(','),
    ...(first && { TIMEWAIT_LAB_URL: `http://${at(first)}${load.path}` }),
    TIMEWAIT_LAB_DURATION_MS: String(load.durationMs),
    ...(load.arrival.loop === 'closed'
      ? { TIMEWAIT_LAB_CONCURRENCY: String(load.arrival.concurrency) }
      : { TIMEWAIT_LAB_RATE_PER_SEC: String(load.arrival.ratePerSec) }),
  };
}
