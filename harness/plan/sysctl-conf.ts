/** One setting of a sysctl.conf file. */
export interface ConfSetting {
  /** From 1. */
  line: number;
  /** With dots, as sysctl(8) prints it; an interface name keeps its own dots as slashes. */
  key: string;
  /** White space folded; quotes are part of it, as sysctl(8) takes them. */
  value: string;
  /** `-key = value`: a failure to set it is ignored. */
  mayFail: boolean;
}

export interface ConfProblem {
  line: number;
  text: string;
  message: string;
}

/**
 * Reads sysctl.conf(5) and sysctl.d(5): `key = value` lines, comments after `#` or `;` at the start of a line, `-` before
 * a key whose failure is ignored, dots or slashes as separators (whichever comes first decides). Of a key that is set
 * twice the last value wins, as with sysctl --system. Pure.
 */
export function parseSysctlConf(text: string): {
  settings: ConfSetting[];
  /** Those that a later line (`by`) sets again. */
  overridden: (ConfSetting & { by: number })[];
  problems: ConfProblem[];
} {
  const settings = new Map<string, ConfSetting>();
  const overridden: (ConfSetting & { by: number })[] = [];
  const problems: ConfProblem[] = [];
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = index + 1;
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue;
    const at = trimmed.indexOf('=');
    const name = (at < 0 ? trimmed : trimmed.slice(0, at)).trim();
    const mayFail = name.startsWith('-');
    const key = dotted(mayFail ? name.slice(1).trim() : name);
    if (at < 0) {
      problems.push({ line, text: trimmed, message: 'no value: write KEY = VALUE' });
    } else if (key === '' || /\s/.test(key)) {
      problems.push({ line, text: trimmed, message: 'no key in front of the =' });
    } else {
      const value = trimmed
        .slice(at + 1)
        .trim()
        .replace(/\s+/g, ' ');
      const before = settings.get(key);
      if (before !== undefined) overridden.push({ ...before, by: line });
      settings.delete(key);
      settings.set(key, { line, key, value, mayFail });
    }
  }
  return { settings: [...settings.values()], overridden, problems };
}

/** sysctl(8): the first separator decides which kind it is; the other one is then part of a name and is swapped. */
function dotted(key: string): string {
  const first = /[./]/.exec(key)?.[0];
  if (first !== '/') return key;
  return key.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/'));
}
