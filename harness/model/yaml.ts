import { isScalar, LineCounter, parseDocument, visit } from 'yaml';

/** A file of this kind has some thousand characters; 800,000 with a wrong value in every second one took 2.4 s to check. */
const mostCharacters = 1 << 18;
/** Deeper than any of these files; the parser calls itself for each level. */
const mostLevels = 100;
const mostErrors = 20;

export interface YamlError {
  /** From 1; `null`: the whole text. */
  line: number | null;
  message: string;
}

export type YamlResult = { ok: true; value: unknown } | { ok: false; errors: YamlError[] };

/**
 * The value of a YAML or JSON text, or where it is neither; never throws. What yaml would only warn of, such as an unknown
 * tag, goes by in silence: the value is validated in any case, and a warning would be printed as Node's own. Two settings
 * of yaml take the square of the text's length and are replaced: `uniqueKeys` compares each key with every other one, and
 * `prettyErrors` cuts the text up once an error (120 KB took it 1.3 and 1.8 s).
 */
export function readYaml(text: string): YamlResult {
  if (text.length > mostCharacters) return failed('longer than 256 KiB');
  if (isTooDeep(text)) return failed(`more than ${mostLevels} levels`);
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      ...{ logLevel: 'error', uniqueKeys: false, prettyErrors: false },
      lineCounter: lines,
    });
    const errors = document.errors.map(({ message, pos }) => ({ message: firstLine(message), at: pos[0] }));
    if (errors.length === 0) {
      visit(document, {
        Map: (_, { items }) => {
          const known = new Set<unknown>();
          for (const { key } of items) {
            if (!isScalar(key)) continue;
            if (known.has(key.value)) errors.push({ message: 'Map keys must be unique', at: key.range?.[0] ?? 0 });
            known.add(key.value);
          }
        },
      });
    }
    if (errors.length === 0) return { ok: true, value: document.toJS({ maxAliasCount: 100 }) };
    const named = errors.slice(0, mostErrors);
    return { ok: false, errors: named.map(({ message, at }) => ({ message, line: lines.linePos(at).line || null })) };
  } catch (error) {
    return failed(firstLine(error instanceof Error ? error.message : String(error)));
  }
}

/** The value of a YAML or JSON text. Throws where it is neither, naming the line of the first error. */
export function parseYaml(text: string): unknown {
  const read = readYaml(text);
  if (read.ok) return read.value;
  const [first] = read.errors;
  throw new Error(first?.line == null ? first?.message : `${first.message} at line ${first.line}`);
}

/** Brackets and `- - -` that open more levels than a file of this kind can have; in a text or comment they count as well. */
function isTooDeep(text: string): boolean {
  let level = 0;
  for (const [mark] of text.matchAll(/[[{]|[\]}]/g)) {
    level += mark === '[' || mark === '{' ? 1 : -1;
    if (level > mostLevels) return true;
  }
  return new RegExp(`^[ \\t]*(?:[-?:][ \\t]+){${mostLevels}}`, 'm').test(text);
}

function failed(message: string): YamlResult {
  return { ok: false, errors: [{ line: null, message }] };
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
}
