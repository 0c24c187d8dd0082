import type { ObservedChange } from '../../analysis/observation/compare-observations.ts';
import { withUnit } from '../../model/figure.ts';
import { observationMetrics } from '../../model/observation-metrics.ts';

/** What changed between two observations: differing settings first, then every figure that is not the same. */
export function observationComparisonText(
  base: string,
  value: string,
  { changes, differing }: { changes: readonly ObservedChange[]; differing: readonly string[] },
): string {
  const shown = changes.filter(({ outcome }) => outcome !== 'same');
  const width = Math.max(0, ...shown.map(({ metric }) => metric.length));
  return [
    `${value} against ${base}`,
    ...differing.map((one) => `  differs: ${one}`),
    ...shown.map(({ metric, before, after, outcome }) => {
      const judged = outcome === 'changed' ? '' : `  ${outcome}`;
      return `  ${metric.padEnd(width)}  ${text(metric, before)} → ${text(metric, after)}${judged}`;
    }),
    ...(shown.length === 0 ? ['  no figure differs'] : []),
    '',
  ].join('\n');
}

function text(metric: string, value: number | string | null): string {
  if (value === null) return '–';
  return typeof value === 'number' ? withUnit(value, observationMetrics[metric]?.unit ?? '') : value;
}
