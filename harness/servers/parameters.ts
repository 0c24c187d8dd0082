import type { Objection } from '../model/errors.ts';
import type { ServerSpec } from '../model/scenario.ts';

/** An objection to each parameter that the server does not know. */
export function unknownParameters(server: string, spec: ServerSpec, known: readonly string[]): Objection[] {
  return Object.keys(spec.parameters)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      field: `parameters.${name}`,
      message: `${server} has no parameter '${name}'`,
      hint: known.length === 0 ? 'it has none' : `one of ${known.join(', ')}`,
    }));
}
