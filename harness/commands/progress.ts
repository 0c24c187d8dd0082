import type { WriteStream } from 'node:tty';
import { usablePorts } from '../analysis/budget.ts';
import type { CellPlan } from '../model/cell.ts';
import type { JournalLine } from '../model/journal.ts';
import type { Journal } from '../run/journal.ts';

/** Progress on stderr, made from journal lines as they are written: plain lines without a TTY. */
export function showProgress(
  journal: Journal,
  cells: readonly CellPlan[],
  parallel: number,
  stream: WriteStream,
): { stop(): void } {
  const say = (text: string) => stream.write(`${text}\n`);
  const totalMs = cells.reduce((sum, cell) => sum + cell.scenario.load.durationMs + cell.scenario.load.observeMs, 0);
  say(`${cells.length} cell(s), ${parallel} at a time, about ${Math.ceil(totalMs / parallel / 1000)} s`);
  journal.onLine((line) => {
    const text = plainLine(line, cells);
    if (text !== null) say(text);
  });
  return { stop() {} };
}

function plainLine(line: JournalLine, cells: readonly CellPlan[]): string | null {
  if (line.type === 'cell') return `▶ ${line.cell}`;
  if (line.type === 'peer') return `  ${line.cell} ${line.role}: look inside with '${line.inspect}'`;
  if (line.type === 'cell-end') return `■ ${line.cell}: ${line.state}${line.reason ? ` (${line.reason})` : ''}`;
  void cells;
  void usablePorts;
  return null;
}
