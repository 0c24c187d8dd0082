import { markdownTable } from 'markdown-table';
import { ends } from '../../analysis/cell/close-sequence.ts';
import type { OneConnection } from '../../analysis/cell/one-connection.ts';
import type { MeasuredCell } from '../../model/report.ts';
import { connectionGroups } from '../connection-groups.ts';
import { changedStates, closeText, connectionNotes, connectionRows, isPacket, stateText } from '../connection-rows.ts';

/**
 * One connection as a Markdown table, of the first cells whose counters show how their connections end; then the names
 * of those in which they end in another way. Empty: no cell shows it.
 */
export function connectionTable(cells: readonly { name: string; cell: MeasuredCell }[]): string[] {
  const [first, ...others] = connectionGroups(cells);
  if (first === undefined) return [];
  const different = others
    .filter(({ one }) => closeText(one) !== closeText(first.one))
    .map(({ one, names }) => `${names.join(', ')}: ${closeText(one)}.`);
  const { opener, acceptor } = first.one.ends;
  return [
    ['One connection, packet by packet.', ...connectionNotes(first), ...different].join(' '),
    '',
    markdownTable([[opener, 'packet', acceptor], ...rowsOf(first.one)], { align: ['r', 'c', 'l'] }),
    '',
  ];
}

/** A state is written where it changes. */
function rowsOf(one: OneConnection): string[][] {
  const rows = connectionRows(one);
  const [opener, acceptor] = ends.map((end) =>
    changedStates(rows, end).map((state) => (state === null ? '' : stateText(state))),
  );
  return rows.map((row, i) => [
    opener?.[i] ?? '',
    isPacket(row) ? (row.from === 'opener' ? `${row.text} →` : `← ${row.text}`) : `… ${row.text} …`,
    acceptor?.[i] ?? '',
  ]);
}
