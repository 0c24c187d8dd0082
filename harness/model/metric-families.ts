import type { Unit } from './figure.ts';
import type { MeasuredCell, PeerReport } from './report.ts';

export type MetricValue = number | string | boolean | null;

/**
 * What a value is: a `count` of things, a `level` that goes up and down, a `rate`, a `time`, a `share`,
 * a `flag` (yes or no) or `text`.
 */
export type MetricKind = 'count' | 'level' | 'rate' | 'time' | 'share' | 'flag' | 'text';

/** How two groups of cells are compared by a metric; its direction and basis are the family's. */
export interface ComparedAs {
  /**
   * `value`: how much. `occurrence`: whether it happened at all, which depends on the setting and is therefore always
   * exact, while the number of times depends on timing. `severity`: verdicts, from good to bad.
   */
  by: 'value' | 'occurrence' | 'severity';
  /** Values this close are equal, whatever the ratio. In the metric's unit; 0 by default. */
  tolerance?: number;
  /**
   * A smaller relative difference of the medians does not matter; 0.2 = 20 %, 0 by default. A closed loop runs as fast
   * as the CPU allows, which drifts by the hour on a shared machine.
   */
  minimumEffect?: number | { open: number; closed: number };
  /** Cells with fewer connections are not compared by it. */
  leastConnections?: number;
  /** A difference that timing can cause though the metric is exact: both groups then need three repetitions. */
  isDoubtful?(base: number, value: number, name: string): boolean;
  /** Names worth comparing in a cell; absent: all that the family lists. */
  names?(cell: MeasuredCell): string[];
}

/**
 * A row of the comparison table. Shown where any cell has read the metric, or with `positive`, where one is above 0.
 */
export interface RowSpec {
  /** By the variable parts of the name; `null`: this one of the family has no row. */
  label(groups: readonly string[]): string | null;
  positive: boolean;
  /** Further condition, over all cells of the table. */
  when?(cells: readonly MeasuredCell[]): boolean;
}

export interface MetricFamily {
  /** As documented: `<role>.timeWait.peak`. */
  pattern: string;
  /** The whole name; for metrics of a peer, the part after `<role>.` */
  match: RegExp;
  /**
   * For formats with labels: the name without its variable parts, and for each group of `match` the label that carries
   * it; `null`: the group is part of the name.
   */
  exported: { name: string; labels: readonly (string | null)[] };
  kind: MetricKind;
  unit: Unit;
  /** Which direction is an improvement; `neutral`: follows from the amount of work done. */
  better: 'lower' | 'higher' | 'neutral';
  /**
   * `exact`: does not depend on how fast the machine was, so that values that agree within each group and differ
   * between them are different, however few; `statistical`: depends on timing, so that differences are tested.
   */
  basis: 'exact' | 'statistical';
  /** Where the figure comes from. */
  source: string;
  compared: ComparedAs | null;
  row: RowSpec | null;
}

export interface CellFamily extends MetricFamily {
  scope: 'cell';
  read(cell: MeasuredCell, groups: readonly string[]): MetricValue;
  names(cell: MeasuredCell): string[];
}

/** A metric of every peer: its name starts with the peer's role. */
export interface PeerFamily extends MetricFamily {
  scope: 'peer';
  /** First part of the name behind the role: `timeWait`. */
  group: string;
  /** Names of things that the program chose may follow, dashes and dots included: gauges, threads. */
  isOpen: boolean;
  read(peer: PeerReport, groups: readonly string[], cell: MeasuredCell): number | null;
  names(peer: PeerReport): string[];
}

export type Traits = Pick<MetricFamily, 'kind' | 'unit' | 'better' | 'basis' | 'source' | 'compared' | 'row'>;

/** A family's traits; by default `basis` is `statistical`, and the family is neither compared nor in the table. */
export function traits(
  kind: MetricKind,
  unit: Unit,
  better: MetricFamily['better'],
  source: string,
  more: Partial<Pick<MetricFamily, 'basis' | 'compared' | 'row'>> = {},
): Traits {
  return { kind, unit, better, source, basis: 'statistical', compared: null, row: null, ...more };
}

/** A row with a fixed label. */
export function row(label: string, more: Partial<Omit<RowSpec, 'label'>> = {}): RowSpec {
  return { label: () => label, positive: false, ...more };
}

/** Metrics of a cell whose names are `prefix` and one of `names`. */
export function cellFields<K extends string>(
  prefix: string,
  names: readonly K[],
  t: Traits,
  read: (cell: MeasuredCell, name: K) => MetricValue,
): CellFamily {
  return {
    ...t,
    ...spelled(prefix, names),
    scope: 'cell',
    pattern: `${prefix}${names.join('|')}`,
    read: (cell, [name]) => read(cell, name as K),
    names: () => names.map((name) => prefix + name),
  };
}

/** Metrics of a peer whose names behind the role are `prefix` and one of `names`. */
export function peerFields<K extends string>(
  prefix: string,
  names: readonly K[],
  t: Traits,
  read: (peer: PeerReport, name: K, cell: MeasuredCell) => number | null,
): PeerFamily {
  return {
    ...t,
    ...spelled(prefix, names),
    scope: 'peer',
    group: prefix.split('.')[0] ?? prefix,
    isOpen: false,
    pattern: `<role>.${prefix}${names.join('|')}`,
    read: (peer, [name], cell) => read(peer, name as K, cell),
    names: () => names.map((name) => prefix + name),
  };
}

function spelled(prefix: string, names: readonly string[]): Pick<MetricFamily, 'match' | 'exported'> {
  return {
    match: new RegExp(`^${prefix.replaceAll('.', '\\.')}(${names.join('|')})$`),
    exported: { name: prefix.replace(/\.$/, ''), labels: [null] },
  };
}

/** Roles that a name stands for: itself, or else those of all peers that play this role of the scenario. */
export function rolesMeant(peers: Readonly<Record<string, { kind: string }>>, name: string): string[] {
  if (Object.hasOwn(peers, name)) return [name];
  return Object.entries(peers).flatMap(([role, { kind }]) => (kind === name ? [role] : []));
}
