import { describe, expect, it } from 'vitest';
import type { CellRecord } from '../journal/collect.ts';
import { isDegraded, phasesOf } from './phases.ts';

const intervalMs = 100;

/** A cell whose client opened `connected` connections in each interval, at this p50 of connect(), µs. */
function cell(p50Us: readonly number[], connected: number): CellRecord {
  const load = p50Us.map((p50, index) => ({
    t: (index + 1) * intervalMs,
    intervalMs,
    attempts: connected,
    connected,
    completed: connected,
    answers: connected,
    failures: [],
    connectCallUs: { count: connected, mean: p50, p50 },
  }));
  return {
    plan: { scenario: { load: { from: 'client', durationMs: 0 } }, peers: [{ kind: 'client', role: 'client' }] },
    peers: new Map([['client', { load, result: null }]]),
  } as never;
}

const times = (count: number, value: number) => Array.from({ length: count }, () => value);

const notSeen = { exhausted: 'unknown', sighting: null, evidence: [] as string[] } as const;

describe('phases', () => {
  it('28,232 ports without reuse: degraded from half of them on', () => {
    const phases = phasesOf(cell([...times(141, 84), ...times(141, 2221)], 100), 28_232, notSeen);
    expect(phases.timeToDegradedMs).toBe(14_100);
    expect(phases.stretches.map((one) => one.phase)).toEqual(['healthy', 'degraded']);
    expect(isDegraded(phases)).toBe(true);
  });

  it("reuse's sawtooth is healthy: 0.1 ms more for a third of the time, as measured through 1,000 ports", () => {
    const second = [...times(6, 48), 145, 150, 144, 138];
    const phases = phasesOf(cell([...second, ...second, ...second], 80), 1000, notSeen);
    expect(phases.timeToDegradedMs).toBeUndefined();
    expect(isDegraded(phases)).toBe(false);
  });

  it('that sawtooth is healthy on a machine twice as slow, too', () => {
    const second = [...times(6, 96), ...times(4, 350)];
    expect(isDegraded(phasesOf(cell([...second, ...second, ...second], 80), 1000, notSeen))).toBe(false);
  });

  it('slow calls before half of the ports are no search, nor is a single slow interval past it', () => {
    const single = [...times(15, 50), 5000, ...times(14, 50)];
    expect(isDegraded(phasesOf(cell(single, 100), 2000, notSeen))).toBe(false);
    const slowFromTheStart = times(30, 3000);
    expect(isDegraded(phasesOf(cell(slowFromTheStart, 100), 4000, notSeen))).toBe(false);
  });
});
