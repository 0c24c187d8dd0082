import { duration, figure } from '../../model/figure.ts';
import { type CellReport, isMeasured, type MeasuredCell } from '../../model/report.ts';

/** Kinds of failures that are named; the rest is one number. */
const namedFailures = 3;

/**
 * A cell that has just ended, on one line: `short-conn/tw-reuse-0/1 exhausted after 48.8 s; 28,232 TIME_WAIT,
 * 12,345 EADDRNOTAVAIL`.
 */
export function verdictLine(cell: CellReport): string {
  if (!isMeasured(cell)) {
    const how = cell.verdict === 'failed' && cell.interrupted ? 'interrupted' : `${cell.verdict}: ${cell.reason}`;
    const hint = cell.hint === undefined ? '' : ` (${cell.hint})`;
    const partial = cell.verdict === 'failed' ? cell.partial : undefined;
    return `${cell.id} ${how}${hint}${partial === undefined ? '' : `; ${timeWaits(partial)}, ${outcome(partial)}`}`;
  }
  const missed = cell.expectations.filter((expectation) => !expectation.holds).length;
  const parts = [
    `${cell.id} ${cell.verdict}${since(cell)}`,
    ...(cell.reason === undefined ? [] : [cell.reason]),
    `${timeWaits(cell)}, ${outcome(cell)}`,
    ...(missed === 0 ? [] : [`${missed} of ${cell.expectations.length} expectations not met`]),
  ];
  return parts.join('; ');
}

function since({ verdict, phases }: MeasuredCell): string {
  if (verdict === 'exhausted' && phases.timeToExhaustionMs !== undefined) {
    return ` after ${duration(phases.timeToExhaustionMs)}`;
  }
  if (verdict === 'degraded' && phases.timeToDegradedMs !== undefined) {
    return ` from ${duration(phases.timeToDegradedMs)}`;
  }
  return '';
}

/** The most at once; with the roles where more than one had any. */
function timeWaits({ peers }: Pick<MeasuredCell, 'peers'>): string {
  const peaks = Object.entries(peers).filter(([, peer]) => peer.timeWait.peak > 0);
  if (peaks.length < 2) return `${figure(peaks[0]?.[1].timeWait.peak ?? 0)} TIME_WAIT`;
  return `TIME_WAIT ${peaks.map(([role, peer]) => `${role} ${figure(peer.timeWait.peak)}`).join(', ')}`;
}

/** Failures, most frequent first; if there were none, the completed attempts. */
function outcome({ load }: Pick<MeasuredCell, 'load'>): string {
  const counts = new Map<string, number>();
  for (const { errno, count } of load.failures ?? []) counts.set(errno, (counts.get(errno) ?? 0) + count);
  const kinds = [...counts].sort((a, b) => b[1] - a[1]);
  if (kinds.length === 0) return `${figure(load.completed)} of ${figure(load.attempts)} completed`;
  const rest = kinds.slice(namedFailures).reduce((sum, [, count]) => sum + count, 0);
  const named = kinds.slice(0, namedFailures).map(([errno, count]) => `${figure(count)} ${errno}`);
  return [...named, ...(rest === 0 ? [] : [`${figure(rest)} others`])].join(', ');
}
