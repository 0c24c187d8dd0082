import type { LatencyUs } from '../../model/journal.ts';

/** wrk's counts from its own summary; latencies in µs. Source: wrk 4 SCRIPTING, done(). */
export interface WrkSummary {
  durationUs: number;
  requests: number;
  errors: { connect: number; read: number; write: number; timeout: number; status: number };
  latencyUs: { mean: number; p50: number; p90: number; p99: number; p999: number; max: number };
}

const marker = 'timewait-lab-summary';

/**
 * wrk's printed report rounds to three digits and omits zeros; its Lua hook has the exact numbers. done() runs once,
 * after the load, and adds nothing to a request.
 */
export const reportScript = `
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    "\\n${marker} %d %d %d %d %d %d %d %.3f %d %d %d %d %d\\n",
    summary.duration, summary.requests, e.connect, e.read, e.write, e.timeout, e.status,
    latency.mean, latency:percentile(50), latency:percentile(90), latency:percentile(99),
    latency:percentile(99.9), latency.max))
end
`;

/** The summary in wrk's output; `null`: wrk did not get that far. */
export function parseSummary(output: string): WrkSummary | null {
  const line = new RegExp(`^${marker} (.+)$`, 'm').exec(output)?.[1];
  if (line === undefined) return null;
  const numbers = line.split(' ').map(Number);
  if (numbers.length !== 13 || numbers.some((number) => Number.isNaN(number))) return null;
  const [durationUs, requests, connect, read, write, timeout, status, mean, p50, p90, p99, p999, max] =
    numbers as unknown as Tuple13;
  return {
    durationUs,
    requests,
    errors: { connect, read, write, timeout, status },
    latencyUs: { mean, p50, p90, p99, p999, max },
  };
}

type Tuple13 = [number, number, number, number, number, number, number, number, number, number, number, number, number];

/** Percentiles in the report's format; `null` if nothing was answered. */
export function latencyOf({ requests, latencyUs }: WrkSummary): LatencyUs {
  return requests === 0 ? null : { count: requests, ...latencyUs };
}

/** `wrk debian/4.1.0-3+b2 [epoll] Copyright …` → `4.1.0-3+b2`; `null`: not wrk's output. */
export function wrkVersion(usage: string): string | null {
  return /^wrk (?:debian\/)?(\S+)/m.exec(usage)?.[1] ?? null;
}
