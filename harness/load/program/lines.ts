import * as z from 'zod';
import { Failure, LatencyUs } from '../../model/journal.ts';

const count = z.int().min(0);
/** Each name becomes a column, a chart and a metric. */
const gaugeName = z.string().regex(/^[\w.:-]{1,64}$/);
const errno = z.string().regex(/^[A-Z][A-Z0-9_]{0,31}$/);

/**
 * What a client program may print on stdout, a JSON object a line; everything else it prints is its own
 * business. Counts are since the last interval, `inFlight` is now; a count that it does not know is left out.
 * docker/go-client/ prints them.
 */
export const ClientLine = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('interval'),
    attempts: count,
    connected: count.optional(),
    completed: count,
    answers: count.optional(),
    inFlight: count,
    failures: z.array(Failure.extend({ errno })).default([]),
  }),
  z.object({ type: z.literal('gauge'), values: z.record(gaugeName, z.number()) }),
  z.object({
    type: z.literal('end'),
    requestLatencyUs: LatencyUs.optional(),
    version: z.string().max(200).optional(),
  }),
]);
export type ClientLine = z.infer<typeof ClientLine>;

const types: readonly unknown[] = ClientLine.options.map((option) => option.shape.type.value);

/** JSON that broke off or is malformed, and yet names one of the types. */
const isMeant = new RegExp(`"type"\\s*:\\s*"(${types.join('|')})"`);

/** The line's meaning; `null`: it is none of these. `invalid`: it says that it is, and does not fit. */
export function parseClientLine(text: string): ClientLine | 'invalid' | null {
  if (!text.startsWith('{')) return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return isMeant.test(text) ? 'invalid' : null;
  }
  const parsed = ClientLine.safeParse(json);
  if (parsed.success) return parsed.data;
  return types.includes((json as { type?: unknown }).type) ? 'invalid' : null;
}
