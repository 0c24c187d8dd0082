import { severity } from '../../model/cell-metrics.ts';
import type { CellFamily, ComparedAs, MetricFamily, PeerFamily } from '../../model/metric-families.ts';
import { connectionsOf, metricFamilies, readNumber } from '../../model/metrics.ts';
import type { MeasuredCell } from '../../model/report.ts';
import { isUndecided } from '../../model/vocabulary.ts';

/** How one metric of two groups of cells is compared: the registry's `compared`, for the cells at hand. */
export interface ComparedMetric {
  name: string;
  kind: MetricFamily['kind'];
  better: MetricFamily['better'];
  basis: MetricFamily['basis'];
  /** As a number; `null`: not read in that cell. */
  read(cell: MeasuredCell): number | null;
  /** Values this close are equal, whatever the ratio. */
  tolerance: number;
  /** statistical: a smaller relative difference of the typical values does not matter. 0.2 = 20 %. */
  minimumEffect: number;
  /** exact: a difference that timing alone can cause; both groups then need three repetitions. */
  doubtful?(base: number, value: number): boolean;
  /** The value means unknown: never an improvement, but worse than a good one. */
  undecided?(value: number): boolean;
  /** How the value is shown where it is not a plain number. */
  words?(value: number): string;
}

/** How bad the verdicts of a group are: the worst of them, 0 is healthy. */
export function badness(cells: readonly MeasuredCell[]): number {
  return Math.max(...cells.map((cell) => severity[cell.verdict]));
}

/**
 * The metrics by which two groups of cells of one scenario are compared. They describe the setting, not the amount of
 * work: a closed loop does more of everything on a faster CPU.
 */
export function comparedMetrics(cells: readonly MeasuredCell[]): ComparedMetric[] {
  const loop = cells.every((cell) => cell.load.rate.offered !== null) ? 'open' : 'closed';
  return metricFamilies.flatMap((family) => {
    const { compared } = family;
    if (compared === null) return [];
    return namesIn(family, compared, cells).map((name) => comparedMetric(name, family, compared, loop));
  });
}

function namesIn(family: CellFamily | PeerFamily, compared: ComparedAs, cells: readonly MeasuredCell[]): string[] {
  const names = cells.flatMap((cell) => {
    if (compared.names !== undefined) return compared.names(cell);
    if (family.scope === 'cell') return family.names(cell);
    return Object.entries(cell.peers).flatMap(([role, peer]) => family.names(peer).map((name) => `${role}.${name}`));
  });
  return [...new Set(names)];
}

function comparedMetric(
  name: string,
  { kind, better, basis }: MetricFamily,
  compared: ComparedAs,
  loop: 'open' | 'closed',
): ComparedMetric {
  const { by, tolerance = 0, minimumEffect = 0, leastConnections = 0, isDoubtful } = compared;
  const doubtful = isDoubtful && { doubtful: (base: number, value: number) => isDoubtful(base, value, name) };
  if (by === 'severity') {
    const verdictOf = (value: number) => Object.keys(severity).find((verdict) => rank(verdict) === value);
    const words = (value: number) => verdictOf(value) ?? String(value);
    const undecided = (value: number) => isUndecided(verdictOf(value));
    const read = (cell: MeasuredCell) => rank(cell.verdict);
    return { name, kind, better, basis, tolerance, minimumEffect: 0, read, undecided, words, ...doubtful };
  }
  const read = (cell: MeasuredCell) => {
    const value = (connectionsOf(cell) ?? cell.load.completed) < leastConnections ? null : readNumber(cell, name);
    return value === null || by === 'value' ? value : Number(value > 0);
  };
  if (by === 'occurrence') {
    const words = (value: number) => (value > 0 ? 'yes' : 'no');
    return {
      name: `${name} > 0`,
      kind: 'flag',
      better,
      basis: 'exact',
      tolerance,
      minimumEffect: 0,
      read,
      words,
      ...doubtful,
    };
  }
  const effect = typeof minimumEffect === 'number' ? minimumEffect : minimumEffect[loop];
  return { name, kind, better, basis, tolerance, minimumEffect: effect, read, ...doubtful };
}

function rank(verdict: string): number {
  return severity[verdict as MeasuredCell['verdict']];
}
