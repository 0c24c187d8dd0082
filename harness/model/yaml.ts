import { parse } from 'yaml';

/**
 * The value of a YAML or JSON text. Throws where it is neither; what yaml would only warn of, such as an unknown tag, goes
 * by in silence: the value is validated in any case, and a warning would be printed as Node's own.
 */
export function parseYaml(text: string): unknown {
  return parse(text, { logLevel: 'error' });
}
