import * as z from 'zod';

/** The machine that a peer runs on, where a run has several. */
export const PeerHost = z.strictObject({
  /** Its name in --hosts. */
  name: z.string(),
  kernel: z.string().nullable(),
  cores: z.int().nullable(),
  memoryBytes: z.number().nullable(),
  /** Version of its container daemon. */
  daemon: z.string().nullable(),
});
export type PeerHost = z.infer<typeof PeerHost>;

/** A peer's monotonic clock against the runner's: the runner's time is the peer's plus `offsetMs`. */
export const ClockOffset = z.strictObject({
  offsetMs: z.number(),
  /** Half of the fastest round trip: the true offset is at most so far away. */
  uncertaintyMs: z.number(),
});
export type ClockOffset = z.infer<typeof ClockOffset>;
