import { believable } from '../analysis/compare/compare-profiles.ts';
import { median } from '../analysis/statistics/statistics.ts';
import { figure, percentChange, withUnit } from '../model/figure.ts';
import { readNumber, unitOf } from '../model/metrics.ts';
import type { CellReport, Comparison, MeasuredCell } from '../model/report.ts';
import { tcpStates } from '../model/vocabulary.ts';

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

function medianOf(cells: readonly MeasuredCell[], metric: string): number | null {
  const values = cells.map((cell) => readNumber(cell, metric)).filter((value) => value !== null);
  return values.length === 0 ? null : median(values);
}

type Row = Pick<TableRow, 'side' | 'label' | 'metric'>;

/** TIME_WAIT and ESTABLISHED always, the other rows where any cell has something to show. */
function rowsOf(cells: readonly MeasuredCell[]): Row[] {
  const seen = (metric: string) => cells.some((cell) => (readNumber(cell, metric) ?? 0) > 0);
  const rows: Row[] = [];
  for (const side of sides(cells)) {
    const row = (label: string, metric: string) => ({ side, label, metric: `${side}.${metric}` });
    for (const state of ['ESTABLISHED', 'TIME_WAIT'] as const) rows.push(row(`${state} peak`, `states.${state}.peak`));
    const others = tcpStates.filter((state) => !['ESTABLISHED', 'TIME_WAIT', 'LISTEN'].includes(state));
    for (const state of others) {
      if (seen(`${side}.states.${state}.peak`)) rows.push(row(`${state} peak`, `states.${state}.peak`));
    }
    for (const count of ['created', 'recycled', 'overflowed'] as const) {
      if (seen(`${side}.timeWait.${count}`)) rows.push(row(`TIME_WAIT ${count}`, `timeWait.${count}`));
    }
    if (seen(`${side}.conntrack.timeWaitPeak`)) rows.push(row('conntrack TIME_WAIT peak', 'conntrack.timeWaitPeak'));
  }
  const load = (label: string, metric: string): Row => ({ side: 'load', label, metric });
  rows.push(load('completed per second', 'load.rate.achieved'));
  rows.push(
    load('inside connect(2) p50', 'load.connectCallUs.p50'),
    load('inside connect(2) p99', 'load.connectCallUs.p99'),
  );
  const errnos = [...new Set(cells.flatMap((cell) => cell.load.failures.map(({ errno }) => errno)))].sort();
  rows.push(...errnos.map((errno) => load(errno, `load.failures.${errno}`)));
  rows.push(load('time to exhaustion', 'phases.timeToExhaustionMs'), load('recovery', 'phases.recoveryMs'));
  return rows
    .map((row) =>
      row.metric.endsWith('states.TIME_WAIT.peak') ? { ...row, metric: `${row.side}.timeWait.peak` } : row,
    )
    .filter((row) => cells.some((cell) => readNumber(cell, row.metric) !== null));
}

/**
 * Roles of the cells, who opens most connections first; client1, client2, … of a peer with a count are one
 * side, summed.
 */
function sides(cells: readonly MeasuredCell[]): string[] {
  const roles = [...new Set(cells.flatMap((cell) => Object.keys(cell.peers)))];
  const kind = (role: string) => role.replace(/[0-9]+$/, '');
  const several = (role: string) => roles.filter((other) => kind(other) === kind(role)).length > 1;
  const names = new Set(roles.map((role) => (several(role) && !roles.includes(kind(role)) ? kind(role) : role)));
  const opens = (name: string) =>
    median(cells.map((cell) => readNumber(cell, `${name}.counters.Tcp.ActiveOpens`) ?? 0));
  return [...names].sort((a, b) => opens(b) - opens(a));
}
