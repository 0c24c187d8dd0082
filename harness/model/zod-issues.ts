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
  fields: readonly string[] | ((path: readonly PropertyKey[]) => readonly string[]) = [],
): ValidationIssue[] {
  return error.issues.flatMap(plainIssues).flatMap((issue): ValidationIssue[] => {
    if (issue.code === 'unrecognized_keys') {
      const known = typeof fields === 'function' ? fields(issue.path) : fields;
      return issue.keys.map((key) => ({
        field: fieldName([...issue.path, shortened(key)], at, separator),
        message: 'unknown field',
        ...(known.length > 0 && { hint: didYouMean(key, known) }),
      }));
    }
    const isMissing = issue.code === 'invalid_type' && / received undefined$/.test(issue.message);
    const message = isMissing ? 'is missing' : issue.message;
    return [{ field: fieldName(issue.path, at, separator), message }];
  });
}

type Issue = z.ZodError['issues'][number];

/** A union's issue as those of the form that the value comes closest to: the one that it is of the right type for. */
export function plainIssues(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const forms = issue.errors.filter(
    (form) => !form.some((one) => one.code === 'invalid_type' && one.path.length === 0),
  );
  const [closest] = [...forms].sort((a, b) => a.length - b.length);
  if (closest === undefined) return [issue];
  return closest.flatMap((one) => plainIssues({ ...one, path: [...issue.path, ...one.path] } as Issue));
}

/** Names of the fields that an object of this schema may have at a path; empty: it is no object. */
export function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const at = path.reduce<z.core.$ZodType[]>((nodes, step) => nodes.flatMap((node) => inside(node, step)), [schema]);
  return [
    ...new Set(
      at.flatMap(bare).flatMap((node) => ('shape' in node._zod.def ? Object.keys(node._zod.def.shape as object) : [])),
    ),
  ];
}

function inside(schema: z.core.$ZodType, step: PropertyKey): z.core.$ZodType[] {
  return bare(schema).flatMap((node): z.core.$ZodType[] => {
    const def = node._zod.def as z.core.$ZodTypeDef & {
      shape?: Record<PropertyKey, z.core.$ZodType>;
      valueType?: z.core.$ZodType;
      element?: z.core.$ZodType;
      items?: z.core.$ZodType[];
    };
    return [def.shape?.[step], def.valueType, def.element, def.items?.[Number(step)]].flatMap((one) => one ?? []);
  });
}

/** Without what makes it optional, and the forms of a union. */
function bare(schema: z.core.$ZodType): z.core.$ZodType[] {
  const def = schema._zod.def as z.core.$ZodTypeDef & { innerType?: z.core.$ZodType; options?: z.core.$ZodType[] };
  if (def.innerType !== undefined) return bare(def.innerType);
  return def.options === undefined ? [schema] : def.options.flatMap(bare);
}

function fieldName(path: readonly PropertyKey[], at: string, separator: ': ' | '.'): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  const field = steps.replace(/^\./, '');
  if (field === '') return separator === '.' ? at : `${at}: whole file`;
  return `${at}${separator}${field}`;
}
