import * as z from 'zod';
import { causeText, validationError } from '../../model/errors.ts';
import { parsePlainJson } from '../../model/plain-text.ts';
import type { CellReport, MeasuredCell, Report } from '../../model/report.ts';
import { zodIssues } from '../../model/zod-issues.ts';
import { median } from '../statistics/statistics.ts';
import { believable, valuesOf } from './compare-profiles.ts';
import { comparedMetrics } from './compared-metrics.ts';
import { groupCells } from './group-cells.ts';

/**
 * How much two identical runs differ on a machine: metric → largest relative difference of the medians, 0.2 = 20 %.
 * `compare` ignores differences below it.
 */
export const NoiseFloor = z.strictObject({
  kernel: z.string().nullable(),
  cpu: z.string().nullable(),
  /** Pairs of runs that it was measured over. */
  pairs: z.int(),
  metrics: z.record(z.string(), z.number().min(0)),
});
export type NoiseFloor = z.infer<typeof NoiseFloor>;

/**
 * A/A test: every pair of the runs, which must be identical. A single run is split into its odd and its even
 * repetitions.
 */
export function measureNoiseFloor(reports: readonly Report[]): NoiseFloor {
  const metrics: Record<string, number> = {};
  let pairs = 0;
  const runOf = new Map(
    reports.flatMap((report, run) => report.cells.map((cell) => [cell as CellReport, run] as const)),
  );
  const groups = groupCells([...runOf.keys()]);
  for (const group of groups) {
    const cells = believable(group.cells);
    const samples = new Map<number, MeasuredCell[]>();
    for (const cell of cells) {
      const part = reports.length === 1 ? cell.repetition % 2 : (runOf.get(cell) ?? 0);
      samples.set(part, [...(samples.get(part) ?? []), cell]);
    }
    for (const metric of comparedMetrics(cells)) {
      if (metric.basis === 'exact') continue;
      const medians = [...samples.values()]
        .map((part) => valuesOf(metric, part))
        .filter((values) => values.length > 0)
        .map(median);
      for (const [i, a] of medians.entries()) {
        for (const b of medians.slice(i + 1)) {
          if (Math.abs(a - b) <= metric.tolerance || a <= 0 || b <= 0) continue;
          metrics[metric.name] = Math.max(metrics[metric.name] ?? 0, Math.max(a / b, b / a) - 1);
        }
      }
    }
    pairs += (samples.size * (samples.size - 1)) / 2;
  }
  if (pairs === 0) {
    const hint = 'pass two such runs, or one with --repeat 2 or more';
    throw validationError([
      { field: '--calibrate', message: 'no two runs or repetitions of the same scenario and profile', hint },
    ]);
  }
  const { kernel = null, cpu = null } = reports[0]?.host ?? {};
  return { kernel, cpu, pairs, metrics };
}

export function readNoiseFloor(text: string, file: string): NoiseFloor {
  let content: unknown;
  try {
    content = parsePlainJson(text);
  } catch (error) {
    throw validationError([{ field: file, message: `not JSON: ${causeText(error)}` }]);
  }
  const parsed = NoiseFloor.safeParse(content);
  if (!parsed.success) throw validationError(zodIssues(parsed.error, file));
  return parsed.data;
}
