import * as z from 'zod';

/** What a program of clients/ counts of itself. */
export const OwnCounts = z.strictObject({
  attempts: z.int().min(0),
  ok: z.int().min(0),
  /** Errno (or an exception's class) → how often. */
  errors: z.record(z.string(), z.int().min(0)),
  /** `running`, `done`, or how it was about to end. */
  end: z.string(),
});
export type OwnCounts = z.infer<typeof OwnCounts>;

/** The lines of a program's log, the last one perhaps cut off by the program's end. */
export function readCounts(log: string): OwnCounts[] {
  const lines = log.split('\n').slice(0, -1);
  return lines.filter((line) => line !== '').map((line) => OwnCounts.parse(JSON.parse(line)));
}

/** connect() fails with EADDRNOTAVAIL when no port is free, and bind() to port 0 with EADDRINUSE. */
export function ranOutByCounts(lines: readonly OwnCounts[]): boolean {
  return lines.some(({ errors }) => (errors.EADDRNOTAVAIL ?? 0) + (errors.EADDRINUSE ?? 0) > 0);
}
