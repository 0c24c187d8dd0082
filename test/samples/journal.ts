import type { JournalLine, LatencyUs } from '../../harness/model/journal.ts';

export interface SampleJournalOptions {
  seconds?: number;
  hz?: number;
  /** Whether ports run out, or are reused. */
  reuse?: boolean;
  /** Run time at which the load begins. */
  startMs?: number;
  ports?: number;
  ratePerSec?: number;
}

/**
 * Lines of one cell as a run would write them: a client that fills its ports at a steady rate, with the
 * port-search cliff past half of them, or keeps going by reuse.
 */
export function* sampleJournal(cell: string, options: SampleJournalOptions = {}): Generator<JournalLine> {
  const {
    seconds = 12,
    hz = 10,
    reuse = cell.includes('reuse-1'),
    startMs = 500,
    ports = 1000,
    ratePerSec = 200,
  } = options;
  const intervalMs = 1000 / hz;
  let tw = 0;
  for (let tick = 0; tick <= seconds * hz; tick++) {
    const t = startMs + tick * intervalMs;
    const wanted = ratePerSec / hz;
    const room = reuse ? Number.POSITIVE_INFINITY : Math.max(0, ports - tw);
    const connected = tick === 0 ? 0 : Math.min(wanted, room);
    tw = reuse ? Math.min(ports / 2 + (tick % 20) * 1.5, tw + connected) : tw + connected;
    const sample = { type: 'sample', t, cell, counters: {}, costMs: 0.12, lateMs: 0.3, missed: 0 } as const;
    yield { ...sample, role: 'client', readings: { tw: Math.round(tw), inUse: 5, conntrack: null } };
    yield { ...sample, role: 'server', readings: { tw: 0, inUse: 6, conntrack: null } };
    if (tick % hz === 0) {
      const states = { ESTABLISHED: 2 + (tick % 3), SYN_SENT: tick % 2, TIME_WAIT: Math.round(tw), FIN_WAIT2: 0 };
      yield { type: 'states', t, cell, role: 'client', states, smallFinWait2: 0, costMs: 1.4 };
    }
    if (tick === 0) continue;
    const slow = !reuse && tw > ports / 2 ? 60 : 1;
    const failed = wanted - connected;
    yield {
      type: 'load',
      t,
      cell,
      role: 'client',
      intervalMs,
      attempts: wanted,
      connected,
      completed: connected,
      inFlight: 2,
      failedAfterConnect: 0,
      answers: connected,
      failures: failed > 0 ? [{ errno: 'EADDRNOTAVAIL', phase: 'connect', count: failed }] : [],
      connectCallUs: latency(27 * slow + (tick % 7), connected),
      connectLatencyUs: latency(80 + 27 * slow, connected),
      requestLatencyUs: latency(190 + 27 * slow, connected),
      scheduleLagUs: null,
    };
  }
}

function latency(p50: number, count: number): LatencyUs {
  if (count === 0) return null;
  return { count, mean: p50 * 1.1, p50, p90: p50 * 1.4, p99: p50 * 2.2, p999: p50 * 4, max: p50 * 6 };
}
