import { describe, expect, it } from 'vitest';
import { LoadSpec } from '../../model/scenario.ts';
import { blindSpots } from './blind-spots.ts';
import { activity } from './dead-time.ts';
import { resultOf, wrkArguments } from './engine.ts';
import { parseSummary, wrkVersion } from './report-script.ts';
import { wrkTraits } from './traits.ts';

// Printed by wrk 4.1.0 with the hook, shortened.
const output = `Running 10s test @ http://198.18.0.102:8080/abc
  2 threads and 100 connections
  46356 requests in 10.10s, 30.15MB read
  Socket errors: connect 3, read 2, write 1, timeout 6
  Non-2xx or 3xx responses: 46356
Requests/sec:   4591.03

timewait-lab-summary 10097083 46356 3 2 1 6 46356 18932.417 11034 41520 120440 310022 501833
`;

const load = LoadSpec.parse({
  engine: 'wrk',
  closePolicy: 'server-fin',
  arrival: { loop: 'closed', concurrency: 100 },
  threads: 2,
  path: '/abc',
  requestsPerConnection: 0,
  durationMs: 10_000,
});

describe('parseSummary', () => {
  it('reads exact counts and µs', () => {
    const summary = parseSummary(output);
    expect(summary).toMatchObject({ requests: 46_356, errors: { connect: 3, read: 2, write: 1, timeout: 6 } });
    expect(summary?.latencyUs).toMatchObject({ mean: 18_932.417, p50: 11_034, p999: 310_022, max: 501_833 });
  });
  it('is null if wrk did not finish', () => {
    expect(parseSummary('unable to connect to 127.0.0.1:1 Connection refused')).toBeNull();
  });
  it('reads the version', () => {
    expect(wrkVersion('wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012 Will Glozer')).toBe('4.1.0-3+b2');
    expect(wrkVersion('wrk 4.2.0 [kqueue]')).toBe('4.2.0');
    expect(wrkVersion('sh: not found')).toBeNull();
  });
});

it('passes the load to wrk as arguments', () => {
  expect(wrkArguments(load, { address: '198.18.0.102', port: 8080 }, '/s.lua').join(' ')).toBe(
    '-c 100 -t 2 -d 10s --timeout 5s --latency -s /s.lua http://198.18.0.102:8080/abc',
  );
});

it('reports every load that wrk cannot make, at once', () => {
  expect(wrkTraits.issues(load)).toEqual([]);
  const other = {
    ...load,
    arrival: { loop: 'open' as const, ratePerSec: 9, spacing: 'uniform' as const, maxInFlight: 9 },
  };
  const fields = wrkTraits
    .issues({ ...other, requestsPerConnection: 1, durationMs: 2500, bindAddresses: 2 })
    .map((one) => one.field);
  expect(fields).toEqual(['load.arrival', 'load.requestsPerConnection', 'load.durationMs', 'load.bindAddresses']);
});

const readings = (perInterval: number[]) => {
  let segments = 0;
  return [0, ...perInterval].map((sent, index) => {
    segments += sent;
    return { at: index * 200, segments };
  });
};

describe('activity', () => {
  it('finds no dead time in a working load, however uneven', () => {
    expect(activity(readings([900, 1000, 300, 950]))).toEqual({ busyMs: 800, deadMs: 0 });
  });
  it('finds the time after exhaustion, in which there are only a few retransmissions', () => {
    expect(activity(readings([1000, 1000, 3, 0, 2, 0, 0, 1]))).toEqual({ busyMs: 400, deadMs: 1200 });
  });
  it('treats a load that never sends as dead', () => {
    expect(activity(readings([0, 0]))).toEqual({ busyMs: 0, deadMs: 400 });
  });
});

describe('blindSpots', () => {
  const summary = parseSummary(output);
  if (summary === null) throw new Error('no summary');

  it('says how many connections were dropped, and what the mean hides', () => {
    const text = blindSpots(summary, { busyMs: 2000, deadMs: 8000 }, { connections: 100, noPort: 2 }).join('\n');
    expect(text).toContain('3 connect() calls failed and were not retried');
    expect(text).toContain('nothing was sent for 8.0 s of 10.0 s');
    expect(text).toContain('4591 requests/s');
    expect(text).toContain('22955/s');
    expect(text).toContain('2 connect() calls failed without a SYN');
    expect(text).toContain('6 timeouts');
  });
  it('says nothing about what did not happen', () => {
    const clean = { ...summary, errors: { connect: 0, read: 0, write: 0, timeout: 0, status: 0 } };
    expect(blindSpots(clean, { busyMs: 10_000, deadMs: 200 }, { connections: 100, noPort: 0 })).toHaveLength(2);
  });
  it('returns a result whose attempts add up', () => {
    const times = { startedAt: 0, endedAt: 10_000, sent: [], cpuMs: null };
    const result = resultOf({ summary, load, ...times, refused: 1, version: '4.1.0' });
    expect(result.failures?.slice(0, 2)).toEqual([
      { errno: 'EADDRNOTAVAIL', phase: 'connect', count: 2 },
      { errno: 'EUNKNOWN', phase: 'connect', count: 1 },
    ]);
    const failed = (result.failures ?? []).reduce((sum, failure) => sum + failure.count, 0);
    expect(result.attempts).toBe(result.completed + failed);
    expect(result.inFlight).toBeNull();
    expect(result.connected).toBeNull();
  });
});
