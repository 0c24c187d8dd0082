import type * as z from 'zod';
import type { ValidationIssue } from '../model/errors.ts';
import { parameterIssues } from '../model/parameters.ts';
import type { LoadSpec } from '../model/scenario.ts';

/** Issues with a load's parameters, checked against its engine's schema. */
export function loadParameterIssues(
  engine: string,
  schema: z.ZodObject<Record<string, z.ZodType>>,
  load: LoadSpec,
): ValidationIssue[] {
  return parameterIssues(engine, schema, load.parameters).map((one) => ({ ...one, field: `load.${one.field}` }));
}
