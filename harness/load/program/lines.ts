import * as z from 'zod';
import { Failure, LatencyUs } from '../../model/journal.ts';

const count = z.int().min(0);

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
    failures: z.array(Failure).default([]),
  }),
  z.object({ type: z.literal('gauge'), values: z.record(z.string(), z.number()) }),
  z.object({
    type: z.literal('end'),
    requestLatencyUs: LatencyUs.optional(),
    version: z.string().optional(),
  }),
]);
export type ClientLine = z.infer<typeof ClientLine>;

/** The line's meaning; `null`: it is none of these. */
export function parseClientLine(text: string): ClientLine | null {
  if (!text.startsWith('{')) return null;
  try {
    const parsed = ClientLine.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
