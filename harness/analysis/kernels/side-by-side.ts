import type { KernelColumn } from '../../model/kernels-record.ts';
import { type CellReport, isMeasured, type MeasuredCell, type Report } from '../../model/report.ts';
import { compareRuns } from '../compare/compare.ts';
import { type CellGroup, groupCells, scenarioTitle } from '../compare/group-cells.ts';

/** A kernel's column with its run; `null`: it left none that can be read. */
export interface KernelRun {
  column: KernelColumn;
  report: Report | null;
}

/** What one kernel did with one scenario and profile. */
export interface KernelCell {
  /** Verdicts of the repetitions, each once, or `failed` where there is none. */
  verdicts: string[];
  /** Why it was skipped, failed or not decided; `null`: nothing to say. */
  reason: string | null;
  /** Expectations that do not hold in some repetition. */
  broken: string[];
  /** Whether every identity holds in every repetition; `null`: nothing was measured. */
  balances: boolean | null;
}

export interface KernelRow {
  /** `short-conn tw-reuse-1`. */
  title: string;
  /** One for each column. */
  cells: KernelCell[];
}

export interface SideBySide {
  rows: KernelRow[];
  /** What differs, one sentence each. */
  differences: string[];
  /** Settings that some of these kernels do not have. */
  missingSettings: string[];
  /** Predictions and identities that do not hold under some kernel. */
  formulas: string[];
}

/** Kernel × scenario × profile, and what differs between the columns; the first one with a run is the base. Pure. */
export function sideBySide(runs: readonly KernelRun[]): SideBySide {
  const groups = runs.map(({ report }) => groupCells(report?.cells ?? []));
  const titles = [...new Set(groups.flatMap((all) => all.map(groupTitle)))];
  const rows = titles.map((title) => ({
    title,
    cells: runs.map(({ column }, i) => cellOf(cellsOfGroup(groups[i] ?? [], title), column)),
  }));
  return {
    rows,
    differences: [...verdictDifferences(rows, runs), ...metricDifferences(runs)],
    missingSettings: missingSettings(runs),
    formulas: formulas(titles, groups, runs),
  };
}

function cellOf(cells: readonly CellReport[], column: KernelColumn): KernelCell {
  if (cells.length === 0) {
    return { verdicts: ['failed'], reason: column.reason ?? 'did not run', broken: [], balances: null };
  }
  const measured = cells.filter(isMeasured);
  const broken = measured.flatMap((cell) => cell.expectations.filter((one) => !one.holds).map((one) => one.text));
  return {
    verdicts: [...new Set(cells.map((cell) => cell.verdict))],
    reason: cells.flatMap((cell) => ('reason' in cell ? [cell.reason] : []))[0] ?? null,
    broken: [...new Set(broken)],
    balances: measured.length === 0 ? null : measured.every((cell) => cell.ledger.closes),
  };
}

function verdictDifferences(rows: readonly KernelRow[], runs: readonly KernelRun[]): string[] {
  return rows.flatMap(({ title, cells }) => {
    const texts = cells.map(({ verdicts }) => verdicts.join(' or '));
    if (new Set(texts).size <= 1) return [];
    return [`${title}: ${texts.map((text, i) => `${text} under ${labelOf(runs[i])}`).join(', ')}`];
  });
}

/** What `compare` finds; it leaves out times and rates where one CPU was emulated. */
function metricDifferences(runs: readonly KernelRun[]): string[] {
  const named = runs.flatMap(({ column, report }) =>
    report === null ? [] : [{ name: column.label, reports: [report] }],
  );
  return compareRuns(named).flatMap(({ base, value, pairs }) =>
    pairs.flatMap(({ scenario, profiles: [profile], metrics }) =>
      metrics.flatMap(({ metric, outcome, base: from, value: to, words }) => {
        if (metric === 'verdict' || outcome === 'same' || outcome === 'noise' || outcome === 'insufficient data')
          return [];
        const [a, b] = words ?? [from, to].map((figure) => String(Number(figure.toPrecision(4))));
        return [`${scenario} ${profile}: ${metric} is ${a} under ${base} and ${b} under ${value}`];
      }),
    ),
  );
}

function missingSettings(runs: readonly KernelRun[]): string[] {
  const known = runs.map(({ report }) => keysOf(report?.cells.filter(isMeasured) ?? []));
  const all = [...new Set(known.flatMap((keys) => [...keys.keys()]))].sort();
  return all.flatMap((key) => {
    const lacking = runs.filter((_, i) => known[i]?.get(key) === false);
    const having = runs.filter((_, i) => known[i]?.get(key) === true);
    if (lacking.length === 0 || having.length === 0) return [];
    return [`${key} exists under ${having.map(labelOf).join(', ')}, not under ${lacking.map(labelOf).join(', ')}`];
  });
}

/** key → whether it exists there, of all settings that were read. */
function keysOf(cells: readonly MeasuredCell[]): Map<string, boolean> {
  const keys = new Map<string, boolean>();
  for (const { sysctls } of cells.flatMap((cell) => Object.values(cell.peers))) {
    for (const [key, value] of Object.entries({ ...sysctls.defaults, ...sysctls.effective }))
      keys.set(key, value !== null);
  }
  return keys;
}

/** A prediction this far from what was measured does not hold. */
const mostError = 0.1;

function formulas(titles: readonly string[], groups: readonly CellGroup[][], runs: readonly KernelRun[]): string[] {
  return titles.flatMap((title) =>
    runs.flatMap((run, i) => {
      const measured = cellsOfGroup(groups[i] ?? [], title).filter(isMeasured);
      const isTimed = run.report?.host.emulator === undefined;
      return measured.flatMap((cell) => [
        ...cell.ledger.identities
          .filter((identity) => !identity.holds)
          .map(({ name, left, right }) => `${title} under ${labelOf(run)}: ${name}: ${left} against ${right}`),
        ...predictions(cell, isTimed).map(
          ({ name, predicted, measured: found }) =>
            `${title} under ${labelOf(run)}: ${name} ${round(found)}, predicted ${round(predicted)}`,
        ),
      ]);
    }),
  );
}

function predictions({ budget }: MeasuredCell, isTimed: boolean) {
  const all = [
    { name: 'TIME_WAIT plateau', timed: false, of: budget?.plateau },
    { name: 'time to exhaustion (ms)', timed: true, of: budget?.timeToExhaustionMs },
  ];
  return all.flatMap(({ name, timed, of }) => {
    const { predicted = null, measured = null, error = null } = of ?? {};
    if (predicted === null || measured === null || error === null || (timed && !isTimed)) return [];
    return Math.abs(error) > mostError ? [{ name, predicted, measured }] : [];
  });
}

function groupTitle(group: CellGroup): string {
  return `${scenarioTitle(group)} ${group.profile}`;
}

function cellsOfGroup(groups: readonly CellGroup[], title: string): readonly CellReport[] {
  return groups.find((group) => groupTitle(group) === title)?.cells ?? [];
}

function labelOf(run: KernelRun | undefined): string {
  return run?.column.label ?? '';
}

function round(value: number): string {
  return String(Math.round(value));
}
