import type * as z from 'zod';
import type { ValidationIssue } from './errors.ts';
import { didYouMean, shortened } from './nearest.ts';

/**
 * Zod's issues, each with the path to its field: `gates.yml: gates[0].holds`. `at`: the file, or with `separator` `.`
 * the field, that the value came from. `fields`: valid field names, for the hint about an unknown one.
 */
export function zodIssues(
  error: Pick<z.ZodError, 'issues'>,
  at: string,
  separator: ': ' | '.' = ': ',
  fields: readonly string[] = [],
): ValidationIssue[] {
  return error.issues.flatMap((issue): ValidationIssue[] => {
    if (issue.code === 'invalid_union') {
      // Of several notations, the one that was written: its container has the right type.
      const [meant, ...others] = issue.errors.filter(
        (branch) => !branch.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
      );
      if (meant !== undefined && others.length === 0) {
        const issues = meant.map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
        return zodIssues({ issues }, at, separator, fields);
      }
    }
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        field: fieldName([...issue.path, shortened(key)], at, separator),
        message: 'unknown field',
        ...(fields.length > 0 && { hint: didYouMean(key, fields) }),
      }));
    }
    const isMissing = issue.code === 'invalid_type' && / received undefined$/.test(issue.message);
    const message = isMissing ? 'is missing' : issue.message;
    return [{ field: fieldName(issue.path, at, separator), message }];
  });
}

function fieldName(path: readonly PropertyKey[], at: string, separator: ': ' | '.'): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  const field = steps.replace(/^\./, '');
  if (field === '') return separator === '.' ? at : `${at}: whole file`;
  return `${at}${separator}${field}`;
}
