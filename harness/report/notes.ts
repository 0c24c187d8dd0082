import { changesThatFollowTheLoad } from '../analysis/compare/load-change.ts';
import { findMetric } from '../model/metrics.ts';
import type { MeasuredCell } from '../model/report.ts';
import type { TcpState } from '../model/vocabulary.ts';
import type { TableRow } from './comparison-table.ts';

/** Notes that a reader of a scenario's table needs, one sentence each. */
export function tableNotes(
  columns: readonly { profile: string; cells: readonly MeasuredCell[] }[],
  rows: readonly TableRow[],
): string[] {
  return [
    ...changesThatFollowTheLoad(columns),
    ...dumpNote(
      columns.flatMap(({ cells }) => cells),
      rows,
    ),
  ];
}

/** States in the table that were read by the once-a-second dumps alone. */
function dumpNote(cells: readonly MeasuredCell[], rows: readonly TableRow[]): string[] {
  const dumped = (state: TcpState) =>
    cells.some((cell) => Object.values(cell.peers).some(({ states }) => states[state]?.source === 'dumps'));
  const shown = rows.flatMap(({ metric }) => {
    const { family, groups = [] } = findMetric(metric) ?? {};
    const [state] = groups as TcpState[];
    return family?.exported.name === 'states' && state !== undefined && dumped(state) ? [state] : [];
  });
  const states = [...new Set(shown)];
  if (states.length === 0) return [];
  return [`Peaks of ${states.join(', ')} come from state dumps, at most one per second; shorter peaks are not seen.`];
}
