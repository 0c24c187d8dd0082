import type { ValidationIssue } from '../model/errors.ts';
import type { ServerSpec } from '../model/scenario.ts';

/** An issue to each parameter that the server does not know. */
export function unknownParameters(server: string, spec: ServerSpec, known: readonly string[]): ValidationIssue[] {
  return Object.keys(spec.parameters)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      field: `parameters.${name}`,
      message: `${server} has no parameter '${name}'`,
      hint: known.length === 0 ? 'it has none' : `one of ${known.join(', ')}`,
    }));
}
