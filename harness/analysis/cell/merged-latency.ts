import { decodeFromCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { LatencyUs, LoadResult } from '../../model/journal.ts';
import { type LatencyName, latencyOf, worstLatency } from '../../model/latency.ts';

/**
 * One latency of all load peers. Exact where every peer has a histogram; otherwise counts are added, means are
 * weighted and the worst percentiles are taken. `null`: no peer recorded any. Pure.
 */
export function mergedLatency(results: readonly LoadResult[], name: LatencyName): LatencyUs {
  const recorded = results.filter((result) => result[name] !== null);
  const encoded = recorded.flatMap((result) => result.histograms?.[name] ?? []);
  if (recorded.length < 2 || encoded.length < recorded.length) return worstLatency(recorded.map((r) => r[name]));
  const [first, ...others] = encoded.map((text) => decodeFromCompressedBase64(text) as Histogram);
  if (first === undefined) return null;
  for (const other of others) first.add(other);
  return latencyOf(first);
}
