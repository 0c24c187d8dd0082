/** TCP_TIMEWAIT_LEN, a constant of mainline Linux (include/net/tcp.h). */
export const timeWaitMs = 60_000;

/** Longest rounding of the timer wheel at any usual HZ (100), for a kernel whose HZ is not known. */
const coarsestStepMs = 5120;

/**
 * Step of the timer wheel for a timer of 60 s, ms: each level is eight times coarser than the one below and
 * holds 63 of its steps (kernel/time/timer.c, LVL_START and LVL_GRAN). 2,048 at HZ=250.
 */
export function wheelStepMs(hz: number | null): number {
  if (hz === null) return coarsestStepMs;
  const jiffies = (timeWaitMs / 1000) * hz;
  let level = 0;
  while (jiffies >= 63 * 8 ** level) level++;
  return (8 ** level * 1000) / hz;
}

/** Longest life of a TIME_WAIT that nothing disturbs: 60 s, rounded up to the next step, and one jiffy. */
export function longestLifeMs(hz: number | null): number {
  return timeWaitMs + wheelStepMs(hz) + 1000 / (hz ?? 100);
}
