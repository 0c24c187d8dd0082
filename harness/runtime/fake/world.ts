import type { LoadResult } from '../../model/journal.ts';
import type { LoadSpec } from '../../model/scenario.ts';

/** Settings that the simulated client's network stack takes into account. */
export interface WorldSettings {
  ports: number;
  reuse: boolean;
  reuseDelayMs: number;
  buckets: number;
}

export interface Tick {
  atMs: number;
  attempts: number;
  connected: number;
  noPort: number;
  tw: number;
  connectCallUs: number;
}

export interface WorldCounts {
  opened: number;
  created: number;
  recycled: number;
  overflowed: number;
  noPort: number;
  tw: number;
}

export const tickMs = 100;
const timeWaitMs = 60_000;

/**
 * Simulates a client's ports as the port budget describes them, in 100 ms steps, to test everything behind the runtime
 * without a kernel. Deterministic; closes by client-fin, opens by rate.
 */
export function imitate(load: LoadSpec, settings: WorldSettings): { ticks: Tick[]; counts: WorldCounts } {
  const ratePerSec = load.arrival.loop === 'open' ? load.arrival.ratePerSec : 1000;
  const counts: WorldCounts = { opened: 0, created: 0, recycled: 0, overflowed: 0, noPort: 0, tw: 0 };
  /** TIME_WAITs by start time, oldest first. */
  const born: number[] = [];
  const ticks: Tick[] = [];
  let due = 0;
  for (let atMs = tickMs; atMs <= load.durationMs; atMs += tickMs) {
    while ((born[0] ?? Number.POSITIVE_INFINITY) <= atMs - timeWaitMs) born.shift();
    due += (ratePerSec * tickMs) / 1000;
    const attempts = Math.floor(due);
    due -= attempts;
    let connected = 0;
    for (let n = 0; n < attempts; n++) if (open(born, atMs, settings, counts)) connected++;
    counts.tw = born.length;
    counts.noPort += attempts - connected;
    const searching = born.length > settings.ports / 2;
    ticks.push({
      atMs,
      attempts,
      connected,
      noPort: attempts - connected,
      tw: born.length,
      connectCallUs: searching && !settings.reuse ? 30 + 0.12 * born.length : 30,
    });
  }
  return { ticks, counts };
}

function open(born: number[], atMs: number, settings: WorldSettings, counts: WorldCounts): boolean {
  if (born.length >= settings.ports || (settings.reuse && born.length >= settings.ports / 2)) {
    const oldest = born[0] ?? Number.POSITIVE_INFINITY;
    if (settings.reuse && oldest <= atMs - settings.reuseDelayMs) {
      born.shift();
      counts.recycled++;
    } else if (born.length >= settings.ports) {
      return false;
    }
  }
  counts.opened++;
  if (born.length >= settings.buckets) {
    counts.overflowed++;
  } else {
    born.push(atMs);
    counts.created++;
  }
  return true;
}

/** The engine's report. Times in ms of the given clock. */
export function resultOf(counts: WorldCounts, ticks: readonly Tick[], startedAt: number): LoadResult {
  const first = ticks.find((tick) => tick.noPort > 0);
  const latency = (value: number, count: number) =>
    count === 0 ? null : { count, mean: value, p50: value, p90: value, p99: value, p999: value, max: value };
  const failures = counts.noPort === 0 ? [] : [noPortFailure(counts.noPort)];
  return {
    attempts: counts.opened + counts.noPort,
    connected: counts.opened,
    completed: counts.opened,
    answers: counts.opened,
    failedAfterConnect: 0,
    inFlight: 0,
    failures,
    connectCallUs: latency(30, counts.opened),
    connectLatencyUs: latency(60, counts.opened),
    requestLatencyUs: latency(150, counts.opened),
    scheduleLagUs: latency(0, counts.opened),
    startedAt,
    endedAt: startedAt + (ticks.at(-1)?.atMs ?? 0),
    firstFailures: first ? [{ errno: 'EADDRNOTAVAIL', phase: 'connect', at: startedAt + first.atMs - tickMs }] : [],
    cpuMs: null,
    blindSpots: [],
    engineVersion: null,
    transport: 'fake',
  };
}

export function noPortFailure(count: number) {
  return { errno: 'EADDRNOTAVAIL', phase: 'connect', count } as const;
}
