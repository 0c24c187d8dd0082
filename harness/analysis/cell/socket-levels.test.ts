import { describe, expect, it } from 'vitest';
import type { PeerRecord } from '../journal/collect.ts';
import { establishedOf } from './established.ts';
import { sampledLevels, stateSummaries } from './socket-levels.ts';

describe('establishedOf', () => {
  it('subtracts the larger CLOSE_WAIT of the surrounding dumps from the gauge, which counts both', () => {
    const dumps = [
      { t: 0, closeWait: 0 },
      { t: 100, closeWait: 30 },
    ];
    expect(establishedOf([0, 50, 100, 150], [5, 40, 40, 10], dumps)).toEqual([0, 10, 10, 0]);
  });

  it('is null for what was not read', () => {
    expect(establishedOf([0, 1], [5, null], [])).toEqual([null, null]);
    expect(establishedOf([0, 1], [5, null], [{ t: 0, closeWait: 0 }])).toEqual([5, null]);
  });
});

const shot = (t: number, over: object = {}) => ({ t, counters: {}, tw: 0, smallFinWait2: 0, states: {}, ...over });

/** 700 connections held for 0.8 s between two dumps a second apart, sampled ten times a second. */
function held(over: object = {}): PeerRecord {
  const samples = Array.from({ length: 21 }, (_, i) => {
    const isHeld = i >= 1 && i <= 9;
    return { t: i * 100, readings: { tw: i > 9 ? 700 : 0 }, counters: { 'Tcp.CurrEstab': isHeld ? 700 : 0 } };
  });
  const states = [0, 1000, 2000].map((t) => ({ t, states: { ESTABLISHED: 0 }, smallFinWait2: 0 }));
  const peer = { samples, states, loadEnd: shot(2000), end: shot(2100, { tw: 700 }), ...over };
  return peer as unknown as PeerRecord;
}

describe('the levels of a peer', () => {
  it('show every connection that was held between two dumps', () => {
    expect(stateSummaries(held()).ESTABLISHED).toMatchObject({ peak: 700, atEnd: 0, source: 'samples' });
    expect(stateSummaries(held()).ESTABLISHED?.mean).toBeCloseTo(300);
  });

  it('come from dumps alone, and say so, where no sample has the state', () => {
    const states = [{ t: 0, states: { SYN_SENT: 3 }, smallFinWait2: 0 }];
    expect(stateSummaries(held({ states })).SYN_SENT).toEqual({ peak: 3, atEnd: 0, mean: 1, source: 'dumps' });
    const unread = held({ samples: [] });
    expect(stateSummaries(unread).ESTABLISHED?.source).toBe('dumps');
  });

  it('are null where nothing was read, never 0', () => {
    const blind = held({ states: [], loadEnd: shot(2000, { states: null }), end: null });
    expect(stateSummaries(blind).ESTABLISHED).toBeNull();
    expect(sampledLevels(held())).toMatchObject({ inUse: null, conntrack: null, currEstab: { peak: 700 } });
  });
});
