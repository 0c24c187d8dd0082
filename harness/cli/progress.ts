import { createLogUpdate } from 'log-update';
import type { JournalLine } from '../model/journal.ts';
import { LiveCells } from '../report/text/live-cells.ts';
import type { RunObserver } from '../run/lab-run.ts';
import type { Parallel } from '../run/scheduler.ts';

const redrawMs = 200;
/** Without a TTY a running cell says where it is this often. */
const plainEveryMs = 10_000;

/**
 * Progress, made from journal lines as they are written. On a TTY a line a running cell, redrawn: phase,
 * TIME_WAIT, occupancy bar, rate, errors, time left. Else plain lines, one for each thing that happens.
 */
export function progressOn(stream: NodeJS.WriteStream, parallel: Parallel): RunObserver & { stop(): void } {
  const say = (text: string) => stream.write(`${text}\n`);
  const draw = stream.isTTY === true ? createLogUpdate(stream) : null;
  let live = new LiveCells([]);
  let timer: NodeJS.Timeout | undefined;
  return {
    onPlanned(cells) {
      live = new LiveCells(cells);
      const seconds = Math.ceil(live.totalMs / (parallel === 'auto' ? 1 : parallel) / 1000);
      const manner =
        parallel === 'auto' ? 'beside each other where the CPU allows, at most' : `${parallel} at a time, about`;
      say(`${cells.length} cell(s), ${manner} ${seconds} s`);
      timer =
        draw === null
          ? setInterval(() => live.running().forEach((cell) => void say(`  ${cell}`)), plainEveryMs)
          : setInterval(() => draw(live.running((stream.columns || 80) - 1).join('\n')), redrawMs);
    },
    onLine(line) {
      live.add(line);
      const text = plainLine(line, live);
      if (text === null) return;
      draw?.clear();
      say(text);
    },
    stop() {
      clearInterval(timer);
      draw?.clear();
    },
  };
}

function plainLine(line: JournalLine, live: LiveCells): string | null {
  if (line.type === 'cell') return `▶ ${line.cell}${live.place(line.cell)}`;
  if (line.type === 'peer') return `  ${line.cell} ${line.role}: look inside with '${line.inspect}'`;
  if (line.type === 'disturbance') return `  ${line.cell}: ${line.text}`;
  if (line.type !== 'cell-end') return null;
  return `■ ${line.cell}: ${line.state}${line.reason === undefined ? '' : ` (${line.reason})`}${live.last(line.cell)}`;
}
