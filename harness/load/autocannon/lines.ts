import * as z from 'zod';
import { Failure } from '../../model/journal.ts';

const count = z.number().min(0);
const ms = z.number();

/** Output of the autocannon process, one JSON object per line. Ticks count since the previous one. */
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

/** `null`: not one of ours; autocannon or something else in its process printed it. */
export function parseLine(text: string): AutocannonLine | null {
  try {
    const parsed = AutocannonLine.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
