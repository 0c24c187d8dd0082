import type { Observation } from '../../model/observation.ts';
import { type ObservationMetric, observationMetrics } from '../../model/observation-metrics.ts';
import { verdicts } from '../../model/vocabulary.ts';
import type { HistoryLine } from '../compare/history.ts';
import { targetText } from './check-observation.ts';

/** One metric of two observations. */
export interface ObservedChange {
  metric: string;
  before: number | string | null;
  after: number | string | null;
  /** `regressed` and `improved`: the verdict alone, because the load of a live host changes by itself. */
  outcome: 'same' | 'changed' | 'regressed' | 'improved';
}

/** From good to bad. */
const order = ['healthy', 'inconclusive', 'degraded', 'leaking', 'overflow', 'exhausted'];

/** What changed between two looks at a live stack, such as before and after a cure; and settings that differ. */
export function compareObservations(
  before: Observation,
  after: Observation,
): { changes: ObservedChange[]; differing: string[] } {
  const changes = Object.entries(observationMetrics).flatMap(([metric, { read }]): ObservedChange[] => {
    const [a, b] = [read(before), read(after)];
    if (a === null && b === null) return [];
    return [{ metric, before: a, after: b, outcome: outcomeOf(metric, a, b) }];
  });
  const keys = [...new Set([...Object.keys(before.settings), ...Object.keys(after.settings)])].filter(
    (key) => !key.endsWith('_count'),
  );
  const differing = keys
    .filter((key) => before.settings[key] !== after.settings[key])
    .map((key) => `${key}: ${before.settings[key] ?? 'not read'} → ${after.settings[key] ?? 'not read'}`);
  const targets =
    targetText(before) === targetText(after) ? [] : [`target: ${targetText(before)} → ${targetText(after)}`];
  const kernels = before.kernel === after.kernel ? [] : [`kernel: ${before.kernel} → ${after.kernel}`];
  return { changes, differing: [...targets, ...kernels, ...differing] };
}

function outcomeOf(
  metric: string,
  before: ReturnType<ObservationMetric['read']>,
  after: typeof before,
): ObservedChange['outcome'] {
  if (before === after) return 'same';
  if (metric !== 'verdict') return 'changed';
  return order.indexOf(String(after)) > order.indexOf(String(before)) ? 'regressed' : 'improved';
}

/** An observation as a line of the history, so that hosts have a trend like runs. */
export function observationHistoryLine(observation: Observation): HistoryLine {
  const metrics: Record<string, number> = {};
  for (const [name, metric] of Object.entries(observationMetrics)) {
    const value = metric.read(observation);
    if (typeof value === 'number') metrics[name] = value;
  }
  const { startedAt, kernel, verdict } = observation;
  const scenario = `observe ${targetText(observation)}`;
  return {
    historyVersion: 1,
    run: `observe-${startedAt.replace(/[^0-9]/g, '')}`,
    startedAt,
    gitSha: null,
    kernel,
    cpu: null,
    series: [{ scenario, profile: 'as found', verdict: verdicts.includes(verdict) ? verdict : 'unknown', metrics }],
  };
}
