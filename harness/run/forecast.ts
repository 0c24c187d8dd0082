import type { CellPlan } from '../model/cell.ts';
import { allowanceUs } from './connection-cost.ts';
import { nextToStart, type Parallel, runsAlone } from './scheduler.ts';

/** Approximate set-up, rest and tear-down time of a cell … */
const aroundLoadMs = 1000;
/** … and its set-up part, which `auto` does for one cell at a time. */
const setUpMs = 500;

/** Expected duration of these cells, ms: simulates the scheduler's own rule. */
export function forecastMs(cells: readonly CellPlan[], parallel: Parallel, cores: number): number {
  const waiting = cells.filter((cell) => cell.skip === undefined && !runsAlone(cell));
  const alone = cells.filter((cell) => cell.skip === undefined && runsAlone(cell));
  const room = { parallel, cores, connectionUs: allowanceUs };
  let running: { cell: CellPlan; endsAt: number }[] = [];
  let now = 0;
  while (waiting.length > 0 || running.length > 0) {
    const next = nextToStart(
      waiting,
      running.map(({ cell }) => cell),
      room,
    );
    if (next === null) {
      now = Math.max(now, Math.min(...running.map(({ endsAt }) => endsAt)));
    } else {
      waiting.splice(waiting.indexOf(next), 1);
      running.push({ cell: next, endsAt: now + lengthMs(next) });
      if (parallel === 'auto' && waiting.length > 0) now += setUpMs;
    }
    running = running.filter(({ endsAt }) => endsAt > now);
  }
  return alone.reduce((sum, cell) => sum + lengthMs(cell), now);
}

function lengthMs({ scenario: { load } }: CellPlan): number {
  return load.durationMs + load.observeMs + aroundLoadMs;
}
