import type * as z from 'zod';
import type { ValidationIssue } from './errors.ts';

/**
 * Zod's issues, each with the path to its field: `gates.yml: gates[0].holds`. `at`: the file, or with `separator` `.` the
 * field, that the value came from.
 */
export function zodIssues(
  error: Pick<z.ZodError, 'issues'>,
  at: string,
  separator: ': ' | '.' = ': ',
): ValidationIssue[] {
  return error.issues.map(({ path, message }) => {
    const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
    const field = steps.replace(/^\./, '');
    if (field === '') return { field: separator === '.' ? at : `${at}: whole file`, message };
    return { field: `${at}${separator}${field}`, message };
  });
}
