import type { Unit } from './figure.ts';
import type { MeasuredCell, PeerReport } from './report.ts';

export type MetricValue = number | string | boolean | null;

/**
 * What a value is: a `count` of things, a `level` that goes up and down, a `rate`, a `time`, a `share`,
 * a `flag` (yes or no) or `text`.
 */
export type MetricKind = 'count' | 'level' | 'rate' | 'time' | 'share' | 'flag' | 'text';

export interface MetricFamily {
  /** As documented: `<role>.timeWait.peak`. */
  pattern: string;
  /** The whole name; for metrics of a peer, the part after `<role>.` */
  match: RegExp;
  kind: MetricKind;
  unit: Unit;
  /** Which direction is an improvement; `neutral`: follows from the amount of work done. */
  better: 'lower' | 'higher' | 'neutral';
  /** `exact`: the kernel's arithmetic makes it the same in every repetition; `statistical`: depends on timing. */
  basis: 'exact' | 'statistical';
  /** Where the figure comes from. */
  source: string;
}

export interface CellFamily extends MetricFamily {
  scope: 'cell';
  read(cell: MeasuredCell, groups: readonly string[]): MetricValue;
  names(cell: MeasuredCell): string[];
}

/** A metric of every peer: its name starts with the peer's role. */
export interface PeerFamily extends MetricFamily {
  scope: 'peer';
  read(peer: PeerReport, groups: readonly string[], cell: MeasuredCell): number | null;
  names(peer: PeerReport): string[];
}

export type Traits = Omit<MetricFamily, 'pattern' | 'match'>;
export const traits = (
  kind: MetricKind,
  unit: Unit,
  better: MetricFamily['better'],
  source: string,
  basis: MetricFamily['basis'] = 'statistical',
): Traits => ({ kind, unit, better, source, basis });

/** Keys of `record` that a role stands for: itself, or else role1, role2, … of a peer with a count. */
export function rolesMeant(roles: readonly string[], role: string): string[] {
  if (roles.includes(role)) return [role];
  return roles.filter((name) => name.startsWith(role) && /^[0-9]+$/.test(name.slice(role.length)));
}
