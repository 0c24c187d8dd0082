import { createLogUpdate } from 'log-update';
import type { CellPlan } from '../model/cell.ts';
import { duration } from '../model/figure.ts';
import type { JournalLine } from '../model/journal.ts';
import { plainText } from '../model/plain-text.ts';
import { LiveCells } from '../report/text/live-cells.ts';
import { verdictLine } from '../report/text/verdict-line.ts';
import type { RunObserver } from '../run/lab-run.ts';

const redrawMs = 200;
/** How often a running cell reports its progress without a TTY. */
const plainEveryMs = 10_000;
/** Shorter runs are announced without their end time. */
const shortRunMs = 60_000;

/**
 * Progress from the run's observer events: what will run and until when, each cell when it starts, its verdict when it
 * ends. How to look inside is said for the first cell, or, if `verbose`, for every one. On a TTY also a line per running
 * cell, redrawn: phase, TIME_WAIT, occupancy, rate, errors, time left; without a TTY that line is printed from time to
 * time.
 */
export function progressOn(stream: NodeJS.WriteStream, verbose = false): RunObserver & { stop(): void } {
  const draw = stream.isTTY === true ? createLogUpdate(stream) : null;
  let live = new LiveCells([]);
  let firstWithPeers: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  const say = (text: string) => {
    draw?.clear();
    stream.write(`${plainText(text)}\n`);
  };
  return {
    onPlanned(cells, expectedMs) {
      live = new LiveCells(cells);
      say(planLine(cells, expectedMs, new Date()));
      timer =
        draw === null
          ? setInterval(() => live.running().forEach((cell) => void say(`  ${cell}`)), plainEveryMs)
          : setInterval(
              () =>
                draw(
                  live
                    .running((stream.columns || 80) - 1)
                    .map(plainText)
                    .join('\n'),
                ),
              redrawMs,
            );
    },
    onLine(line) {
      live.add(line);
      if (line.type === 'peer') {
        firstWithPeers ??= line.cell;
        if (!verbose && line.cell !== firstWithPeers) return;
      }
      const text = plainLine(line, live);
      if (text !== null) say(text);
    },
    onCell: (report) => say(`■ ${verdictLine(report)}`),
    onWarning: (text) => say(text),
    stop() {
      clearInterval(timer);
      draw?.clear();
    },
  };
}

/** `4 cells, about 2 min 20 s, until 14:03`. */
export function planLine(cells: readonly CellPlan[], expectedMs: number, now: Date): string {
  const skipped = cells.filter((cell) => cell.skip !== undefined).length;
  const count = `${cells.length} cell${cells.length === 1 ? '' : 's'}${skipped === 0 ? '' : ` (${skipped} skipped)`}`;
  if (skipped === cells.length) return count;
  // Rounded to five seconds, because it is an estimate.
  const about = duration(Math.ceil(expectedMs / 5000) * 5000);
  if (expectedMs < shortRunMs) return `${count}, about ${about}`;
  const end = new Date(now.getTime() + expectedMs);
  const clock = [end.getHours(), end.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
  return `${count}, about ${about}, until ${clock}`;
}

function plainLine(line: JournalLine, live: LiveCells): string | null {
  if (line.type === 'cell' && line.plan.skip === undefined) return `▶ ${line.cell}${live.place(line.cell)}`;
  if (line.type === 'peer') return `  ${line.cell} ${line.role}: list its sockets with '${line.inspect}'`;
  if (line.type === 'disturbance') return `  ${line.cell}: ${line.text}`;
  return null;
}
