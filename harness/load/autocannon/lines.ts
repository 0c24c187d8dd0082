import * as z from 'zod';
import { Failure } from '../../model/journal.ts';

const count = z.number().min(0);
const ms = z.number();

/** What the process prints of autocannon, a JSON object a line. Ticks: since the one before. */
export const AutocannonLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('tick'), answers: count, failures: z.array(Failure) }),
  z.object({
    type: z.literal('result'),
    sent: z.number(),
    answered: count,
    errors: count,
    latencyMs: z.object({ average: ms, p50: ms, p90: ms, p99: ms, p99_9: ms, max: ms }),
    errnos: z.record(z.string(), count),
    cpuMs: ms,
    version: z.string(),
  }),
]);
export type AutocannonLine = z.infer<typeof AutocannonLine>;
export type AutocannonResult = Extract<AutocannonLine, { type: 'result' }>;

/** `null`: autocannon itself, or something in its process, printed it. */
export function parseLine(text: string): AutocannonLine | null {
  try {
    const parsed = AutocannonLine.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
