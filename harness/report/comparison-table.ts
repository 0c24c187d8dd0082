import { believable } from '../analysis/compare/compare-profiles.ts';
import { medianOf } from '../analysis/compare/group-figures.ts';
import { median } from '../analysis/statistics/statistics.ts';
import { figure, percentChange, withUnit } from '../model/figure.ts';
import { findMetric, type MetricFamily, metricFamilies, readNumber, unitOf } from '../model/metrics.ts';
import type { CellReport, Comparison, MeasuredCell } from '../model/report.ts';

/** One figure of the table: the median over the repetitions, and how it differs from the first profile. */
export interface TableValue {
  /** `—` where it was not read. */
  text: string;
  value: number | null;
  /** `−32 %`; `null` for the first profile and where there is nothing to compare. */
  change: string | null;
  /** `null`: not a metric with a better direction, or not compared. */
  outcome: Comparison['outcome'] | null;
  basis: 'exact' | 'tested' | 'untested' | null;
}

export interface TableRow {
  /** `client`, `server`, …, `load`. */
  side: string;
  /** `TIME_WAIT peak`. */
  label: string;
  metric: string;
  values: TableValue[];
}

/** Side × state × profile. `cells`: of each profile, the first one is what the others are compared with. */
export function comparisonTable(
  cells: readonly (readonly CellReport[])[],
  comparisons: readonly (readonly Comparison[])[],
): TableRow[] {
  const groups = cells.map(believable);
  const all = groups.flat();
  return rowsOf(all).map(({ side, label, metric }) => {
    const medians = groups.map((group) => medianOf(group, metric));
    return {
      side,
      label,
      metric,
      values: medians.map((value, i) => tableValue(metric, value, medians[0], i, comparisons[i])),
    };
  });
}

function tableValue(
  metric: string,
  value: number | null,
  base: number | null | undefined,
  column: number,
  comparisons: readonly Comparison[] | undefined,
): TableValue {
  const text = value === null ? '—' : withUnit(value, unitOf(metric));
  if (column === 0 || value === null || base === null || base === undefined) {
    return { text, value, change: null, outcome: null, basis: null };
  }
  const compared = comparisons?.find((c) => c.metric === metric || c.metric === `${metric} > 0`);
  const percent = base === 0 ? null : ((value - base) / base) * 100;
  const factor = base > 0 ? value / base : 0;
  const change = value === base ? '=' : factor >= 10 ? `×${figure(factor)}` : percentChange(percent);
  return { text, value, change, outcome: compared?.outcome ?? null, basis: compared?.basis ?? null };
}

type Row = Pick<TableRow, 'side' | 'label' | 'metric'>;

/** The registry's rows: those of every side, then those of the load, where any cell has something to show. */
function rowsOf(cells: readonly MeasuredCell[]): Row[] {
  const families = metricFamilies.filter(({ row }) => row !== null && (row.when?.(cells) ?? true));
  const ofSide = sides(cells).flatMap((side) =>
    families.flatMap((family) =>
      family.scope === 'cell'
        ? []
        : rowsOfFamily(family, cells.flatMap(peersOf(side)).flatMap(family.names), side, `${side}.`),
    ),
  );
  const ofLoad = families.flatMap((family) =>
    family.scope === 'peer' ? [] : rowsOfFamily(family, cells.flatMap(family.names), 'load', ''),
  );
  return [...ofSide, ...ofLoad].filter(({ metric }) => {
    const values = cells.map((cell) => readNumber(cell, metric)).filter((value) => value !== null);
    return findMetric(metric)?.family.row?.positive ? values.some((value) => value > 0) : values.length > 0;
  });
}

function rowsOfFamily({ match, row }: MetricFamily, names: readonly string[], side: string, prefix: string): Row[] {
  return [...new Set(names)].flatMap((name) => {
    const label = row?.label(match.exec(name)?.slice(1) ?? []) ?? null;
    return label === null ? [] : [{ side, label, metric: prefix + name }];
  });
}

const peersOf = (side: string) => (cell: MeasuredCell) =>
  Object.values(cell.peers).flatMap((peer) => (peer.kind === side ? [peer] : []));

/** The kinds of peers, who opens most connections first. */
function sides(cells: readonly MeasuredCell[]): string[] {
  const kinds = [...new Set(cells.flatMap((cell) => Object.values(cell.peers).map(({ kind }) => kind)))];
  const opens = (kind: string) =>
    median(cells.map((cell) => readNumber(cell, `${kind}.counters.Tcp.ActiveOpens`) ?? 0));
  return kinds.sort((a, b) => opens(b) - opens(a));
}
