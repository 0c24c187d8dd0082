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

describe("a peer's TIME_WAITs", () => {
  const counts = { 'TcpExt.TW': 5, 'TcpExt.TWKilled': 2, 'TcpExt.TWRecycled': 3, 'TcpExt.TCPTimeWaitOverflow': 1 };
  const zero = Object.fromEntries(Object.keys(counts).map((name) => [name, 0]));
  const reportOf = (gone: string | null) => {
    const at = (counters: Record<string, number>) => ({
      ...shot,
      counters: Object.fromEntries(Object.entries(counters).filter(([name]) => name !== gone)),
    });
    const peer = {
      settings: { requested: {}, effective: {} },
      ...{ begin: at(zero), end: at(counts), loadEnd: null },
      ...{ samples: [], states: [], conntrack: [], servers: [], gauges: [], cpu: [] },
    } as unknown as PeerRecord;
    return peerReport(peer, 'client', 0)?.timeWait;
  };

  it('are the growth of the counters', () => {
    expect(reportOf(null)).toMatchObject({ created: 7, recycled: 3, overflowed: 1 });
  });

  it.each([
    ['TcpExt.TW', { created: null, recycled: 3, overflowed: 1 }],
    ['TcpExt.TWKilled', { created: null, recycled: 3, overflowed: 1 }],
    ['TcpExt.TWRecycled', { created: 7, recycled: null, overflowed: 1 }],
    ['TcpExt.TCPTimeWaitOverflow', { created: 7, recycled: 3, overflowed: null }],
  ])('are null, never 0, where the kernel has no %s', (gone, expected) => {
    expect(reportOf(gone)).toMatchObject(expected);
  });
});
