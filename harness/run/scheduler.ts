import type { CellPlan } from '../model/cell.ts';
import { type CellContext, type CellOutcome, runCell } from './cell-runner.ts';

/** Runs cells in their order, `parallel` at a time; after an interruption starts no more. */
export async function runCells(
  cells: readonly CellPlan[],
  parallel: number,
  context: CellContext,
): Promise<Map<string, CellOutcome>> {
  const outcomes = new Map<string, CellOutcome>();
  const waiting = [...cells];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (context.signal.aborted) return;
      outcomes.set(next.id, await runCell(next, context));
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, cells.length) }, worker));
  return outcomes;
}
