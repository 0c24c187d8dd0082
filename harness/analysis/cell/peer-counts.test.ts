import { describe, expect, it } from 'vitest';
import type { PeerRecord } from '../journal/collect.ts';
import { peerReport } from './peer-counts.ts';

const shot = { counters: {}, tw: 0, smallFinWait2: 0, states: {} };

function cpuOf(busy: Record<string, number>[]) {
  const peer: Partial<Record<keyof PeerRecord, unknown>> = {
    settings: { requested: {}, effective: {} },
    begin: shot,
    end: shot,
    cpu: busy.map((one) => ({ busy: one })),
    ...{ samples: [], states: [], conntrack: [], servers: [], gauges: [], loadEnd: null },
  };
  return peerReport(peer as PeerRecord, 'client', 0)?.cpu;
}

describe("a peer's mean CPU", () => {
  it('leaves out the first reading, which includes time before the load', () => {
    expect(cpuOf([{ 'load-1': 0.1 }, { 'load-1': 0.9 }, { 'load-1': 1 }])).toEqual({ 'load-1': 0.95 });
  });

  it('is computed for each thread separately, though one started later', () => {
    const readings = [{ server: 0.2 }, { server: 0.5, 'load-1': 0.1 }, { server: 0.5, 'load-1': 0.8 }];
    expect(cpuOf(readings)).toEqual({ server: 0.5, 'load-1': 0.8 });
  });

  it('uses a single reading, and is null without any', () => {
    expect(cpuOf([{ server: 0.4 }])).toEqual({ server: 0.4 });
    expect(cpuOf([])).toBeNull();
  });
});
