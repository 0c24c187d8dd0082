import { parse } from 'yaml';

/** A file of this kind has some thousand characters; one of 40 million takes the parser 5 s. */
const mostCharacters = 1 << 20;

/**
 * The value of a YAML or JSON text. Throws where it is neither, or longer than 1 MiB; what yaml would only warn of, such
 * as an unknown tag, goes by in silence: the value is validated in any case, and a warning would be printed as Node's own.
 */
export function parseYaml(text: string): unknown {
  if (text.length > mostCharacters) throw new Error('longer than 1 MiB');
  return parse(text, { logLevel: 'error' });
}
