import { describe, expect, it } from 'vitest';
import type { CellRecord } from '../journal/collect.ts';
import { loadReport } from './load-summary.ts';
import { phasesOf } from './phases.ts';

const intervalMs = 100;
interface Line {
  connected?: number | null;
  completed: number;
  answers: number | null;
}

/** A load of 2 s in identical intervals of 100 ms; its engine's totals are their sums. */
function cell(line: Line, load: object): CellRecord {
  const lines = Array.from({ length: 20 }, (_, i) => ({
    ...{ t: (i + 1) * intervalMs, intervalMs, attempts: 100, inFlight: 0, failures: [], connectCallUs: null },
    ...{ connected: line.connected ?? null, completed: line.completed, answers: line.answers },
  }));
  const times = (count: number | null) => (count === null ? null : count * lines.length);
  const result = {
    ...{ attempts: 2000, inFlight: 0, failures: [], firstFailures: [], blindSpots: [], startedAt: 0, endedAt: 2000 },
    ...{ connectCallUs: null, connectLatencyUs: null, requestLatencyUs: null, scheduleLagUs: null },
    ...{ connected: times(line.connected ?? null), completed: times(line.completed), answers: times(line.answers) },
  };
  const spec = { from: 'client', durationMs: 2000, requestsPerConnection: 0, arrival: { loop: 'closed' }, ...load };
  return {
    plan: { scenario: { load: spec }, peers: [{ kind: 'client', role: 'client' }] },
    peers: new Map([['client', { load: lines, result, engine: null }]]),
  } as never;
}

describe("a load's rate", () => {
  it('counts connections where each has one request', () => {
    const record = cell({ connected: 90, completed: 80, answers: 80 }, { requestsPerConnection: 1 });
    expect(loadReport(record)?.rate).toEqual({ counts: 'connections', offered: null, achieved: 800, peak: 800 });
    expect(phasesOf(record, 1, { exhausted: 'unknown', sighting: null, evidence: [] }).stretches).toMatchObject([
      { fromMs: 0, toMs: 2000, connectedPerSec: 900 },
    ]);
  });

  it('counts requests where connections are reused, and is null for connections that were not counted', () => {
    const record = cell({ completed: 500, answers: 500 }, {});
    expect(loadReport(record)?.rate).toMatchObject({ counts: 'requests', achieved: 5000, peak: 5000 });
    expect(
      phasesOf(record, 1, { exhausted: 'unknown', sighting: null, evidence: [] }).stretches[0]?.connectedPerSec,
    ).toBeNull();
  });

  it('counts connections where a program does not count its answers', () => {
    const rate = loadReport(cell({ connected: 10, completed: 10, answers: null }, {}))?.rate;
    expect(rate).toMatchObject({ counts: 'connections', achieved: 100, peak: 100 });
  });

  it('is offered only where the engine makes its attempts at the requested rate', () => {
    const open = { requestsPerConnection: 1, arrival: { loop: 'open', ratePerSec: 800 } };
    const offered = (facts: object | null) => {
      const record = cell({ connected: 10, completed: 10, answers: 10 }, open);
      const peer = record.peers.get('client');
      if (peer !== undefined) peer.engine = facts && ({ facts } as never);
      return loadReport(record)?.rate.offered;
    };
    expect(offered({ paced: true })).toBe(800);
    expect(offered({ paced: false, followsRate: true })).toBe(800);
    expect(offered({ paced: false })).toBeNull();
  });

  it('is over the requested time, and has no peak where the load is shorter than a second', () => {
    const record = cell({ connected: 10, completed: 10, answers: 10 }, { requestsPerConnection: 1, durationMs: 1000 });
    expect(loadReport(record)?.rate.achieved).toBe(100);
    const short = record.peers.get('client');
    short?.load.splice(3);
    expect(loadReport(record)?.rate.peak).toBeNull();
  });
});
