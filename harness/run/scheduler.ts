import type { CellPlan } from '../model/cell.ts';
import { monotonicMs } from '../probe/clock.ts';
import { type Contention, contentionBetween, readContention } from '../probe/contention.ts';
import { type CellContext, type CellOutcome, runCell } from './cell-runner.ts';
import { cpuNeed } from './cpu-need.ts';

/** `auto`: as many beside each other as their CPU need allows. */
export type Parallel = number | 'auto';

/** Share of the cores that planned cells may fill together; the rest is the kernel's and the runner's. */
const fillable = 0.8;
/**
 * Beside others a cell is disturbed when tasks waited for a CPU for more than this share of its time. Some task waits
 * for microseconds whenever two wake at once: eight open-loop cells on two cores have 0.73 and the figures of each
 * alone, overfull ones 0.97 and more (bench/README.md) …
 */
const mostWaiting = 0.85;
/** … and any cell when the hypervisor kept more than this. */
const mostStolen = 0.1;

/**
 * Runs cells in their order, several at a time; after an interruption starts no more. Cells that read what
 * belongs to the whole machine run alone, at the end. With `auto` a cell that ran beside others and was
 * disturbed is repeated alone; alone it is only marked.
 */
export async function runCells(
  cells: readonly CellPlan[],
  parallel: Parallel,
  context: CellContext,
  cores: number,
): Promise<Map<string, CellOutcome>> {
  const outcomes = new Map<string, CellOutcome>();
  const isAlone = (cell: CellPlan) => cell.scenario.watchSlab !== undefined;
  const waiting = cells.filter((cell) => !isAlone(cell));
  const running = new Map<CellPlan, Promise<void>>();
  const later = cells.filter(isAlone);
  const start = (cell: CellPlan) => {
    const work = watched(cell, context, () => running.size > 1).then(({ outcome, disturbed, hadCompany }) => {
      running.delete(cell);
      outcomes.set(cell.id, outcome);
      if (disturbed !== null && hadCompany && parallel === 'auto' && outcome === 'measured') later.push(cell);
    });
    running.set(cell, work);
  };
  while (!context.signal.aborted && (waiting.length > 0 || running.size > 0)) {
    for (let next = nextToStart(waiting, [...running.keys()], parallel, cores); next !== null; ) {
      waiting.splice(waiting.indexOf(next), 1);
      start(next);
      next = nextToStart(waiting, [...running.keys()], parallel, cores);
    }
    await Promise.race(running.values());
  }
  await Promise.all(running.values());
  for (const cell of later) {
    if (context.signal.aborted) break;
    outcomes.set(cell.id, (await watched(cell, context, () => false)).outcome);
  }
  return outcomes;
}

/** The next cell that may run beside those that do; `null`: none now. Order is kept but for cells that do not fit yet. */
export function nextToStart(
  waiting: readonly CellPlan[],
  running: readonly CellPlan[],
  parallel: Parallel,
  cores: number,
): CellPlan | null {
  const [first] = waiting;
  if (first === undefined) return null;
  if (running.length === 0) return first;
  if (parallel !== 'auto') return running.length < parallel ? first : null;
  const used = running.reduce((sum, cell) => sum + cpuNeed(cell), 0);
  const fits = (cell: CellPlan) => used + cpuNeed(cell) <= cores * fillable;
  return waiting.find(fits) ?? null;
}

interface Watched {
  outcome: CellOutcome;
  /** What disturbed the cell, in words; `null`: nothing. */
  disturbed: string | null;
  hadCompany: boolean;
}

async function watched(cell: CellPlan, context: CellContext, isCompany: () => boolean): Promise<Watched> {
  const before = readContention();
  let hadCompany = isCompany();
  const timer = setInterval(() => {
    hadCompany ||= isCompany();
  }, 500);
  const outcome = await runCell(cell, context, () => {
    const disturbed = disturbanceIn(contentionBetween(before, readContention()), hadCompany);
    if (disturbed === null) return;
    const t = monotonicMs() - context.runStartedAt;
    context.journal.write({ type: 'disturbance', t, cell: cell.id, text: disturbed });
  });
  clearInterval(timer);
  return { outcome, disturbed: disturbanceIn(contentionBetween(before, readContention()), hadCompany), hadCompany };
}

export function disturbanceIn({ waiting, stolen }: Contention, hadCompany: boolean): string | null {
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
  if (hadCompany && waiting !== null && waiting > mostWaiting) {
    return `other cells ran beside it and tasks waited for a CPU for ${percent(waiting)} of the time (PSI)`;
  }
  if (stolen !== null && stolen > mostStolen) return `the hypervisor kept ${percent(stolen)} of the CPU time (steal)`;
  return null;
}
