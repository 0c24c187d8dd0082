import { describe, expect, it } from 'vitest';
import { LoadSpec } from '../../model/scenario.ts';
import { kernelCounts } from '../kernel-counts.ts';
import { lostResult, resultOf } from './engine.ts';
import { type AutocannonResult, parseLine } from './lines.ts';
import { neverSent, partsOf } from './parts.ts';

const load = (arrival: object) =>
  LoadSpec.parse({
    engine: 'autocannon',
    closePolicy: 'client-fin',
    arrival,
    durationMs: 2000,
    requestsPerConnection: 0,
  });
const open = load({ loop: 'open', ratePerSec: 5_000_000 });

describe('parseLine', () => {
  it.each([
    '5',
    'null',
    '"tick"',
    '[]',
    '{}',
    '{"type":"tick"}',
    '{"type":"tick","answers":-1,"failures":[]}',
    'oops',
  ])('ignores %s, which is not one of its lines', (text) => {
    expect(parseLine(text)).toBeNull();
  });
  it('parses a tick', () => {
    expect(parseLine('{"type":"tick","answers":3,"failures":[]}')).toEqual({ type: 'tick', answers: 3, failures: [] });
  });
});

it('a process that was killed is counted by the kernel, and its failures are not known', () => {
  const before = { 'Tcp.ActiveOpens': 5, 'Tcp.AttemptFails': 0, 'Tcp.CurrEstab': 0 };
  const counts = kernelCounts(before, { ...before, 'Tcp.ActiveOpens': 105, 'Tcp.CurrEstab': 100 });
  expect(lostResult(counts, { startedAt: 0, endedAt: 2000, firstFailures: [] }, 4)).toMatchObject({
    ...{ attempts: 100, inFlight: 100, answers: null, failures: null, countedBy: 'kernel', cpuMs: 4 },
    blindSpots: [expect.stringContaining('was killed'), expect.stringContaining('invisible')],
  });
});

describe('resultOf', () => {
  const final: AutocannonResult = {
    ...{ type: 'result', sent: 24_064, answered: 24_000, errors: 2, errnos: { ECONNRESET: 2 }, cpuMs: 1, version: '9' },
    latencyMs: { average: 1, p50: 1, p90: 1, p99: 1, p99_9: 1, max: 1 },
  };
  const times = { startedAt: 0, endedAt: 2000, firstFailures: [] };

  it('counts no more requests in flight than connections', () => {
    expect(resultOf(final, open, times)).toMatchObject({ attempts: 24_064, completed: 24_000, inFlight: 62 });
    // As autocannon reports it: the whole rate of a second for the first request of each connection.
    const sent = final.sent + neverSent({ connections: 64, ratePerSec: 5_000_000 });
    expect(sent).toBe(24_064 + 5_000_000 - 64);
    expect(resultOf({ ...final, sent }, open, times)).toMatchObject({ attempts: 24_002, inFlight: null });
  });
});

describe('parts', () => {
  it('share connections and rate, and leave out threads without a connection', () => {
    const target = { address: '127.0.0.1', port: 1 };
    const parts = partsOf({ load: { ...load({ loop: 'closed', concurrency: 3 }), threads: 8 }, target });
    expect(parts.map((part) => [part.connections, part.ratePerSec])).toEqual([
      [1, null],
      [1, null],
      [1, null],
    ]);
    expect(partsOf({ load: { ...open, threads: 2 }, target }).map((part) => part.ratePerSec)).toEqual([
      2_500_000, 2_500_000,
    ]);
  });
  it('correct nothing if autocannon counts correctly', () => {
    expect(neverSent({ connections: 10, ratePerSec: null })).toBe(0);
    // Fewer requests a second than connections: one request each.
    expect(neverSent({ connections: 64, ratePerSec: 20 })).toBe(0);
    expect(neverSent({ connections: 3, ratePerSec: 10 })).toBe(3 + 2 + 2);
  });
});
