import { figure } from '../../model/figure.ts';
import { readNumber } from '../../model/metrics.ts';
import type { MeasuredCell } from '../../model/report.ts';
import { median } from '../statistics/statistics.ts';

/** Ports ran out, or are about to. */
export function inTrouble(cell: MeasuredCell): boolean {
  return cell.verdict === 'exhausted' || cell.verdict === 'degraded' || cell.verdict === 'overflow';
}

/** `1,400 failures`; where the engine does not count them, that. */
export function failuresText(cells: readonly MeasuredCell[]): string {
  const failures = medianOf(cells, 'load.failures');
  if (failures !== null) return `${figure(failures)} failures`;
  // A witness may have counted the calls that found no port, where the program's other failures are not seen.
  const seen = cells.map(({ exhaustion }) => exhaustion?.count ?? null).filter((count) => count !== null);
  return seen.length === 0 ? 'failures not counted' : `${figure(median(seen))} or more failures`;
}

/** Median over the cells that read it. */
export function medianOf(cells: readonly MeasuredCell[], metric: string): number | null {
  const values = cells.map((cell) => readNumber(cell, metric)).filter((value) => value !== null);
  return values.length === 0 ? null : median(values);
}
