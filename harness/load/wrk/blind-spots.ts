import type { Activity } from './dead-time.ts';
import type { WrkSummary } from './report-script.ts';

/** Shorter pauses are garbage collections and schedulers, not exhaustion. */
const worthSayingMs = 500;

/** Sentences on what wrk cannot see or did wrong in this very load, with figures. */
export function blindSpots(
  summary: WrkSummary,
  { busyMs, deadMs }: Activity,
  { connections, noPort }: { connections: number; noPort: number },
): string[] {
  const spots = [
    'counts requests, not connections: connections are taken from the kernel',
    'closed loop: latency begins when the request is written, so that waiting for a port is in none',
  ];
  const { connect, timeout } = summary.errors;
  if (connect > 0) {
    spots.push(
      `${connect} connect() failed and were not tried again: wrk gives up a connection that fails at once, ` +
        `so that at most ${Math.max(0, connections - connect)} of ${connections} were left`,
    );
  }
  if (noPort > 0) {
    spots.push(`names no errno: ${noPort} connect() failed without a SYN (AttemptFails), which is EADDRNOTAVAIL`);
  }
  if (deadMs >= worthSayingMs && busyMs > 0) {
    const total = busyMs + deadMs;
    const mean = summary.requests / (summary.durationUs / 1e6);
    const working = mean * (total / busyMs);
    spots.push(
      `nothing was sent for ${(deadMs / 1000).toFixed(1)} s of ${(total / 1000).toFixed(1)} s: its mean of ` +
        `${mean.toFixed(0)} requests/s averages that in; while it worked it made ${working.toFixed(0)}/s`,
    );
  }
  if (timeout > 0) spots.push(`${timeout} timeouts are marks on late answers, not failed requests: wrk waits on`);
  return spots;
}
