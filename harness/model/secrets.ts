import type { JournalLine } from './journal.ts';

/** What stands in the place of a value that may be a secret. */
export const hidden = '…';

/** Options that set variables of an image, which is how most images take a password. */
const environmentOptions = ['--server-env', '--client-env'];

/**
 * A name from its first character on, with a bound on either side of the word: without them a text of 40,000 letters took
 * 4 s, because each letter began a search of its own.
 */
const secretName =
  '(?<![\\w.-])[\\w.-]{0,64}(?:passw(?:or)?d|passphrase|pwd|secret|token|api[-_]?key|credential|private[-_]?key)[\\w.-]{0,64}';
/** A name that begins with a dash, which is one of its characters. */
const secretOption = secretName.replace('[\\w.-]{0,64}', '-[\\w.-]{0,64}');
const value = `(?:"[^"]*"|'[^']*'|[^\\s"',;&]+)`;
const forms: readonly [RegExp, string][] = [
  // --password=VALUE, PASSWORD=VALUE, token: VALUE, --password VALUE; and the same in a query of a URL.
  [new RegExp(`(${secretName}["']?\\s{0,8}[=:]\\s{0,8})${value}`, 'gi'), `$1${hidden}`],
  [new RegExp(`(${secretOption}\\s+)(?!-)${value}`, 'gi'), `$1${hidden}`],
  // Authorization: Bearer VALUE
  [/(authorization\s{0,8}[:=]\s{0,8}(?:(?:basic|bearer|digest|token)\s+)?)[^\s"',;]+/gi, `$1${hidden}`],
  // https://user:VALUE@host
  [/(:\/\/[^\s:/@]{0,256}:)[^\s/@]{1,256}@/g, `$1${hidden}@`],
  // curl -u user:VALUE
  [/((?:^|\s)(?:-u|--user|--proxy-user)[\s=]{0,8}[^\s:]{1,256}:)[^\s"']+/g, `$1${hidden}`],
];

/** A command line without the values of what looks like a password, a token or a key. */
export function withoutSecretValues(text: string): string {
  return forms.reduce((shown, [form, by]) => shown.replace(form, by), text);
}

/** The words of the lab's own command line: variables of images keep their names alone. */
function shownCommand(words: readonly string[]): string[] {
  return words.map((word, i) => {
    const own = environmentOptions.find((option) => word.startsWith(`${option}=`));
    const setting = own === undefined ? word : word.slice(own.length + 1);
    if (own === undefined && !environmentOptions.includes(words[i - 1] ?? '')) return withoutSecretValues(word);
    const at = setting.indexOf('=');
    const shown = at < 0 ? setting : `${setting.slice(0, at)}=${hidden}`;
    return own === undefined ? shown : `${own}=${shown}`;
  });
}

/**
 * A journal line as it is kept: values of images' variables and of secret-looking options are not in it, so neither are
 * they in a report, which CI publishes.
 */
export function withoutSecrets(line: JournalLine): JournalLine {
  if (line.type === 'run') return { ...line, command: shownCommand(line.command) };
  // It ends with what a program printed last, such as its own command line.
  if (line.type === 'cell-end' && line.reason !== undefined) {
    return { ...line, reason: withoutSecretValues(line.reason) };
  }
  if (line.type === 'cell') return { ...line, plan: shownPlan(line.plan) as typeof line.plan };
  if (line.type === 'program' && line.event.is === 'start') {
    const { event } = line;
    return { ...line, event: { ...event, command: withoutSecretWords(event.command) } };
  }
  return line;
}

/** Words of one command: an option and its value are words of their own. */
function withoutSecretWords(words: readonly string[]): string[] {
  const option = new RegExp(`^${secretOption}$`, 'i');
  return words.map((word, i) => (option.test(words[i - 1] ?? '') ? hidden : withoutSecretValues(word)));
}

/** `env` of any image in a plan, and commands and arguments, at any depth. */
function shownPlan(value: unknown, field = ''): unknown {
  if (typeof value === 'string') return field === 'command' ? withoutSecretValues(value) : value;
  if (Array.isArray(value)) {
    return field === 'args' && value.every((one) => typeof one === 'string')
      ? withoutSecretWords(value)
      : value.map((one) => shownPlan(one, field));
  }
  if (typeof value !== 'object' || value === null) return value;
  if (field === 'env') return Object.fromEntries(Object.keys(value).map((name) => [name, hidden]));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shownPlan(one, name)]));
}
