import { medianOf } from '../analysis/compare/group-figures.ts';
import { figure, percentChange } from '../model/figure.ts';
import { findMetric } from '../model/metrics.ts';
import type { MeasuredCell } from '../model/report.ts';
import type { Published } from '../model/scenario.ts';

/** Published figures next to ours, as text: a caption, a header, and rows of the same length. */
export interface PublishedRows {
  caption: string;
  header: string[];
  rows: string[][];
}

/**
 * `columns`: our believable cells by profile; ours is the median of their peaks, `—` where it was not measured. Each
 * count of TIME_WAIT is followed by the same per 1,000 connections: a setting that merely slows the load lowers the
 * count, too.
 */
export function publishedRows(
  theirs: Published,
  columns: readonly { profile: string; cells: readonly MeasuredCell[] }[],
): PublishedRows {
  const [a, b] = theirs.profiles;
  const ours = (metric: string) =>
    [a, b].map((profile) =>
      medianOf(
        columns.filter((column) => column.profile === profile).flatMap(({ cells }) => cells),
        metric,
      ),
    );
  const rows = theirs.rows.flatMap(({ side, state, metric, values, note }) => {
    const label = note === undefined ? state : `${state} (${note})`;
    const perThousand = `${metric}PerThousand`;
    return [
      [side, label, ...figures(values), ...figures(ours(metric))],
      ...(findMetric(perThousand) === null
        ? []
        : [[side, `${state} per 1,000 connections`, ...figures([]), ...figures(ours(perThousand))]]),
    ];
  });
  const header = ['', '', `${a}, published`, b, 'change', `${a}, here`, b, 'change'];
  return { caption: theirs.source, header, rows };
}

function figures([base = null, value = null]: readonly (number | null)[]): string[] {
  const text = (x: number | null) => (x === null ? '—' : figure(x));
  const change = base === null || value === null || base === 0 ? '—' : percentChange(((value - base) / base) * 100);
  return [text(base), text(value), change];
}
