import type * as z from 'zod';
import type { ValidationIssue } from './errors.ts';

export type Parameters = Readonly<Record<string, string | number | boolean>>;

/**
 * An issue for each parameter that `owner` does not know or whose value is not valid. The schema's descriptions are the
 * hints: `z.enum(['a', 'b']).default('a').describe('a or b')`.
 */
export function parameterIssues(
  owner: string,
  schema: z.ZodObject<Record<string, z.ZodType>>,
  parameters: Parameters,
): ValidationIssue[] {
  const known = Object.keys(schema.shape);
  const unknown = Object.keys(parameters).filter((name) => !known.includes(name));
  const hint = known.length === 0 ? 'it has none' : `one of ${known.join(', ')}`;
  const { error } = schema.safeParse(parameters);
  const wrong = new Set(error?.issues.flatMap(({ path }) => (path.length > 0 ? [String(path[0])] : [])));
  return [
    ...unknown.map((name) => ({ field: `parameters.${name}`, message: `${owner} has no parameter '${name}'`, hint })),
    ...[...wrong].map((name) => {
      const right = schema.shape[name]?.description;
      const message = `'${parameters[name]}' is not valid`;
      return { field: `parameters.${name}`, message, ...(right !== undefined && { hint: right }) };
    }),
  ];
}
