import * as z from 'zod';

/**
 * What engines and servers know about themselves and the journal keeps, so that a report made later does not have to
 * guess it from their names.
 */

/**
 * Cores that a thread or process can use: one, as many as the load has threads, or all of the machine.
 * `busiest-thread`: one, and part of another name's figure. `kernel-part`: the kernel's share of another name's figure.
 */
export const CpuUse = z.union([z.literal(1), z.enum(['threads', 'all', 'busiest-thread', 'kernel-part'])]);
export type CpuUse = z.infer<typeof CpuUse>;

/** Whether a figure is part of another name's, so that a sum must not count it. */
export function isPartOfAnother(use: CpuUse | undefined): boolean {
  return use === 'busiest-thread' || use === 'kernel-part';
}

/** Names in `cpu` lines → cores. */
const cpu = z.record(z.string(), CpuUse);

/** What an engine can count by itself. Attempts: counted when they begin, not as the sum of their outcomes. */
export const Seen = z.enum(['attempts', 'connections', 'answers', 'errnos']);

export const EngineFacts = z.strictObject({
  /** Enforces the close policy on every connection, so that which side closes first is certain. */
  keepsPolicy: z.boolean(),
  /** Opens every connection by the load's arrival schedule, whatever the other side does. */
  paced: z.boolean(),
  /** Makes its attempts, connections or requests, at the load's arrival rate; absent: as `paced` says. */
  followsRate: z.boolean().optional(),
  sees: z.array(Seen),
  cpu,
});
export type EngineFacts = z.infer<typeof EngineFacts>;

/** Whether a server closed after its answer, on one probing connection of each kind; `null`: no answer in HTTP, or not asked. */
export const ClosesAfter = z.strictObject({
  'HTTP/1.1': z.boolean().nullable(),
  'HTTP/1.0': z.boolean().nullable(),
  'Connection: close': z.boolean().nullable(),
});
export type ClosesAfter = z.infer<typeof ClosesAfter>;

/** A program of the user's own as it was given, so that two runs show whether it was the same. */
export const ServedProgram = z.strictObject({
  /** Program and arguments as written, with their placeholders. */
  command: z.string(),
  /** Its executable and the files among its arguments: name → first 12 digits of the SHA-256. */
  files: z.record(z.string(), z.string()),
});
export type ServedProgram = z.infer<typeof ServedProgram>;

export const ServerFacts = z.strictObject({
  /** Requests on a connection after which the server closes it; `null`: no limit, or not known. */
  requestLimit: z.int().min(1).nullable(),
  /** Closes a connection when the client has; `null`: not known. */
  closesAfterClient: z.boolean().nullable(),
  cpu,
  /** Measured when it listened; absent: the lab's own server, which is known. */
  closesAfter: ClosesAfter.optional(),
});
export type ServerFacts = z.infer<typeof ServerFacts>;
