/** One reading of the client's counters while wrk ran; `at` in ms. */
export interface SentReading {
  at: number;
  /** Tcp.OutSegs of the namespace so far. */
  segments: number;
}

/** Below this share of its best rate a load counts as stopped: retransmissions and probes still send a little. */
const deadShare = 0.02;

export interface Activity {
  busyMs: number;
  deadMs: number;
}

/**
 * Time in which a load made no progress, from the number of segments sent. wrk reports only a mean over the whole run.
 */
export function activity(readings: readonly SentReading[]): Activity {
  const intervals = readings.slice(1).map((reading, index) => {
    const before = readings[index] as SentReading;
    const ms = reading.at - before.at;
    return { ms, perMs: ms > 0 ? (reading.segments - before.segments) / ms : 0 };
  });
  const best = Math.max(0, ...intervals.map((one) => one.perMs));
  const totalMs = intervals.reduce((sum, one) => sum + one.ms, 0);
  const deadMs = intervals.filter((one) => one.perMs <= best * deadShare).reduce((sum, one) => sum + one.ms, 0);
  return best === 0 ? { busyMs: 0, deadMs: totalMs } : { busyMs: totalMs - deadMs, deadMs };
}
