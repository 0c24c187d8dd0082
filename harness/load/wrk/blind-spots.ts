import type { Activity } from './dead-time.ts';
import type { WrkSummary } from './report-script.ts';

/** Shorter pauses are garbage collections and schedulers, not exhaustion. */
const worthSayingMs = 500;

/** Sentences on what wrk could not see or counted wrongly in this load, with figures. */
export function blindSpots(
  summary: WrkSummary,
  { busyMs, deadMs }: Activity,
  { connections, noPort }: { connections: number; noPort: number },
): string[] {
  const spots = [
    'counts requests, not connections: connection counts come from the kernel',
    'closed loop: latency starts when the request is written, so that it never includes waiting for a port',
  ];
  const { connect, timeout } = summary.errors;
  if (connect > 0) {
    spots.push(
      `${connect} connect() calls failed and were not retried: wrk drops a connection that fails at once, ` +
        `so that at most ${Math.max(0, connections - connect)} of ${connections} were left`,
    );
  }
  if (noPort > 0) {
    spots.push(
      `reports no errno: ${noPort} connect() calls failed without a SYN (AttemptFails), which means EADDRNOTAVAIL`,
    );
  }
  if (deadMs >= worthSayingMs && busyMs > 0) {
    const total = busyMs + deadMs;
    const mean = summary.requests / (summary.durationUs / 1e6);
    const working = mean * (total / busyMs);
    spots.push(
      `nothing was sent for ${(deadMs / 1000).toFixed(1)} s of ${(total / 1000).toFixed(1)} s: its mean of ` +
        `${mean.toFixed(0)} requests/s includes that time; while it was active it made ${working.toFixed(0)}/s`,
    );
  }
  if (timeout > 0) spots.push(`${timeout} timeouts are late answers, not failed requests: wrk keeps waiting`);
  return spots;
}
