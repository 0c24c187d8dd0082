import { describe, expect, it } from 'vitest';
import { sampleCell, samplePeer } from '../../../test/samples/report.ts';
import { changesThatFollowTheLoad } from './load-change.ts';

const cell = (connected: number, peak: number) => {
  const timeWait = { created: peak, recycled: 0, overflowed: 0, peak, live: peak };
  return sampleCell({ peers: { client: samplePeer({ timeWait }) }, load: { ...sampleCell().load, connected } });
};
const sentences = (base: [number, number], other: [number, number]) =>
  changesThatFollowTheLoad([
    { profile: 'tw-reuse-0', cells: [cell(...base)] },
    { profile: 'tw-reuse-1', cells: [cell(...other)] },
  ]);

describe('changesThatFollowTheLoad', () => {
  it('reports a count that fell only because the setting slowed the load', () => {
    expect(sentences([5000, 1000], [3200, 660])).toEqual([
      'TIME_WAIT at client fell by 34 %, and so did connections (−36 %): tw-reuse-1 did not change the number per ' +
        'connection (200 and 206 per 1,000 connections).',
    ]);
    expect(sentences([5000, 1000], [10_000, 2000])[0]).toContain('rose by 100 %, and so did connections (+100 %)');
  });

  it('is empty where the setting did change the count, or where the count is tiny', () => {
    expect(sentences([69_506, 14_240], [69_000, 7476])).toEqual([]);
    expect(sentences([5000, 1000], [3200, 400])).toEqual([]);
    expect(sentences([5000, 1000], [4900, 980])).toEqual([]);
    expect(sentences([50, 10], [30, 6])).toEqual([]);
    expect(changesThatFollowTheLoad([])).toEqual([]);
  });
});
