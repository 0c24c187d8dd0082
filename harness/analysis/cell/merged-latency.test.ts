import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import { expect, it } from 'vitest';
import type { LoadResult } from '../../model/journal.ts';
import { latencyOf } from '../../model/latency.ts';
import { mergedLatency } from './merged-latency.ts';

function recorded(values: number[], withHistogram: boolean): LoadResult {
  const histogram = build();
  for (const value of values) histogram.recordValue(value);
  const histograms = { connectCallUs: encodeIntoCompressedBase64(histogram as Histogram) };
  return { connectCallUs: latencyOf(histogram), ...(withHistogram && { histograms }) } as unknown as LoadResult;
}

const quick = Array.from({ length: 900 }, () => 10);
const slow = Array.from({ length: 100 }, () => 1000);

it('merges the histograms of several peers', () => {
  const merged = mergedLatency([recorded(quick, true), recorded(slow, true)], 'connectCallUs');
  expect(merged).toMatchObject({ count: 1000, mean: 109, p50: 10, p90: 10, p99: 1000, max: 1000 });
});

it('adds counts and weighs means where a peer has none, and takes the worst percentiles', () => {
  const merged = mergedLatency([recorded(quick, true), recorded(slow, false)], 'connectCallUs');
  expect(merged).toMatchObject({ count: 1000, mean: 109, p50: 1000, p99: 1000 });
});

it('leaves out peers that recorded none, and is null if none did', () => {
  expect(mergedLatency([recorded([], true), recorded(quick, true)], 'connectCallUs')?.count).toBe(900);
  expect(mergedLatency([recorded([], true)], 'connectCallUs')).toBeNull();
});
