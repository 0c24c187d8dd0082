import type * as z from 'zod';
import type { Objection } from '../model/errors.ts';

/** Zod's issues as objections, each with the path to its field: `gates.yml: gates[0].holds`. */
export function zodObjections(error: z.ZodError, file: string): Objection[] {
  return error.issues.map(({ path, message }) => {
    const field = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
    return { field: `${file}: ${field.replace(/^\./, '') || 'whole file'}`, message };
  });
}
