import * as z from 'zod';
import { causeText, type ValidationIssue, validationError } from '../../model/errors.ts';
import { parsePlainJson } from '../../model/plain-text.ts';
import type { Report } from '../../model/report.ts';
import { Verdict } from '../../model/vocabulary.ts';
import { zodIssues } from '../../model/zod-issues.ts';
import { type ChangePoint, changePoints } from '../statistics/change-points.ts';
import { median } from '../statistics/statistics.ts';
import { believable, valuesOf } from './compare-profiles.ts';
import { comparedMetrics } from './compared-metrics.ts';
import { groupCells, scenarioTitle } from './group-cells.ts';

/** One line of the history: a run's medians by scenario and profile. The file is only ever appended to. */
export const HistoryLine = z.strictObject({
  historyVersion: z.literal(1),
  run: z.string(),
  startedAt: z.iso.datetime(),
  gitSha: z.string().nullable(),
  kernel: z.string().nullable(),
  cpu: z.string().nullable(),
  series: z.array(
    z.strictObject({
      /** With the variant, and the form: `short-conn quick`. */
      scenario: z.string(),
      profile: z.string(),
      verdict: Verdict,
      metrics: z.record(z.string(), z.number()),
    }),
  ),
});
export type HistoryLine = z.infer<typeof HistoryLine>;

/** What is kept of a run. Cells without believable numbers keep only their verdict. */
export function historyLine({ run, host, cells }: Report): HistoryLine {
  const series = groupCells(cells).map((group) => {
    const measured = believable(group.cells);
    const metrics: Record<string, number> = {};
    for (const metric of comparedMetrics(measured)) {
      const values = metric.name === 'verdict' ? [] : valuesOf(metric, measured);
      if (values.length > 0) metrics[metric.name] = median(values);
    }
    const verdict = group.cells[0]?.verdict ?? 'failed';
    return { scenario: `${scenarioTitle(group)} ${group.form}`, profile: group.profile, verdict, metrics };
  });
  const { kernel, cpu } = host;
  return { historyVersion: 1, run: run.id, startedAt: run.startedAt, gitSha: run.gitSha, kernel, cpu, series };
}

/** Reads a history. A last line cut short by a crash is left out; any other invalid line is an issue. */
export function readHistory(text: string, file: string): HistoryLine[] {
  const lines = text.split('\n');
  const issues: ValidationIssue[] = [];
  const history: HistoryLine[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const at = `${file}:${i + 1}`;
    let content: unknown;
    try {
      content = parsePlainJson(line);
    } catch (error) {
      if (i < lines.length - 1) issues.push({ field: at, message: `not JSON: ${causeText(error)}` });
      continue;
    }
    const parsed = HistoryLine.safeParse(content);
    if (parsed.success) history.push(parsed.data);
    else issues.push(...zodIssues(parsed.error, at).slice(0, 3));
  }
  if (issues.length > 0) throw validationError(issues.slice(0, 20));
  return history.sort((a, b) => a.startedAt.localeCompare(b.startedAt));
}

export interface Trend {
  scenario: string;
  profile: string;
  metric: string;
  points: { run: string; startedAt: string; gitSha: string | null; kernel: string | null; value: number }[];
  changes: ChangePoint[];
}

/** A trend for each scenario, profile and metric, with the runs at which its level changed. */
export function trends(history: readonly HistoryLine[]): Trend[] {
  const found = new Map<string, Trend>();
  for (const { run, startedAt, gitSha, kernel, series } of history) {
    for (const { scenario, profile, metrics } of series) {
      for (const [metric, value] of Object.entries(metrics)) {
        const key = JSON.stringify([scenario, profile, metric]);
        const trend = found.get(key) ?? { scenario, profile, metric, points: [], changes: [] };
        found.set(key, trend);
        trend.points.push({ run, startedAt, gitSha, kernel, value });
      }
    }
  }
  return [...found.values()].map((trend) => ({
    ...trend,
    changes: changePoints(trend.points.map(({ value }) => value)),
  }));
}
