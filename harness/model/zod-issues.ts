import type * as z from 'zod';
import type { ValidationIssue } from './errors.ts';
import { didYouMean } from './nearest.ts';

/**
 * Zod's issues, each with the path to its field: `gates.yml: gates[0].holds`. `at`: the file, or with `separator` `.` the
 * field, that the value came from. `fields`: names that a field may have, for the hint to one that is unknown.
 */
export function zodIssues(
  error: Pick<z.ZodError, 'issues'>,
  at: string,
  separator: ': ' | '.' = ': ',
  fields: readonly string[] = [],
): ValidationIssue[] {
  return error.issues.map((issue) => {
    const { path, message } = issue;
    const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
    const field = steps.replace(/^\./, '');
    const [unknown] = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const hint = unknown === undefined || fields.length === 0 ? {} : { hint: didYouMean(unknown, fields) };
    if (field === '') return { field: separator === '.' ? at : `${at}: whole file`, message, ...hint };
    return { field: `${at}${separator}${field}`, message, ...hint };
  });
}
