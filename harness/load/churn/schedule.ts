import type { Arrival } from '../../model/scenario.ts';

/** When the next connection is meant to start, in ms since the load began. Pure but for `random`. */
export interface ArrivalTimes {
  next(): number;
}

/**
 * Open loop: arrival times that do not depend on how the system answers.
 * uniform: n / rate. poisson: exponential gaps, −ln(1−u) / rate.
 */
export function arrivalTimes(
  arrival: Extract<Arrival, { loop: 'open' }>,
  share: { index: number; of: number },
  random: () => number = Math.random,
): ArrivalTimes {
  const gapMs = (1000 * share.of) / arrival.ratePerSec;
  if (arrival.spacing === 'uniform') {
    // Threads take turns, so that together they are uniform too.
    let n = 0;
    const offsetMs = (gapMs / share.of) * share.index;
    return { next: () => offsetMs + gapMs * n++ };
  }
  let at = 0;
  return {
    next: () => {
      at += -Math.log(1 - random()) * gapMs;
      return at;
    },
  };
}
