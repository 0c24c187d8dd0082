import type { CellPlan } from '../model/cell.ts';
import type { JournalLine } from '../model/journal.ts';
import { monotonicMs } from '../probe/clock.ts';
import { type Contention, contentionBetween, readContention, readRunnable } from '../probe/contention.ts';
import { type CellContext, type CellOutcome, runCell } from './cell-runner.ts';
import { ConnectionCost } from './connection-cost.ts';
import { cpuNeed } from './cpu-need.ts';
import { Lateness } from './lateness.ts';

/** `auto`: as many at a time as their CPU need, measured while they run, allows. */
export type Parallel = number | 'auto';

/** Share of the cores that concurrent cells may use; the rest is for the kernel and the runner. */
const fillable = 0.8;
/**
 * A cell that runs with others counts as disturbed if its own readings or arrivals were late (lateness.ts) while tasks of
 * the machine waited for a CPU for more than this share of its time. Some task waits for microseconds whenever two wake
 * at once: eight open-loop cells on two cores reach 0.73 and still have the figures of a cell alone (bench/README.md) …
 */
const mostWaiting = 0.85;
/** … or, if the kernel has no PSI, if more tasks than this were runnable per core, on average … */
const mostRunnable = 2;
/** … and any cell if the hypervisor stole more than this share. */
const mostStolen = 0.1;

/**
 * Runs cells in their order, several at a time; starts no more after an interruption. Cells that read machine-wide
 * values run alone, at the end. With `auto` a cell that was disturbed while it ran with others is repeated alone; if it
 * already ran alone it is only marked.
 */
export async function runCells(
  cells: readonly CellPlan[],
  parallel: Parallel,
  context: CellContext,
  cores: number,
): Promise<Map<string, CellOutcome>> {
  const outcomes = new Map<string, CellOutcome>();
  const waiting = cells.filter((cell) => !runsAlone(cell));
  const running = new Map<CellPlan, Promise<void>>();
  const later = cells.filter(runsAlone);
  const start = (cell: CellPlan) => {
    const work = watched(cell, context, lateness, () => running.size > 1).then(({ outcome, disturbed, hadCompany }) => {
      running.delete(cell);
      outcomes.set(cell.id, outcome);
      if (disturbed !== null && hadCompany && parallel === 'auto' && outcome === 'measured') later.push(cell);
    });
    running.set(cell, work);
  };
  const progress = new Progress();
  const lateness = new Lateness();
  context.journal.onLine((line) => {
    progress.hear(line);
    lateness.hear(line);
  });
  while (!context.signal.aborted && (waiting.length > 0 || running.size > 0)) {
    const news = progress.news();
    for (;;) {
      const room = { parallel, cores, connectionUs: progress.cost.us };
      // Set-up needs the most CPU: with `auto` only one cell at a time is set up, and none while another is late.
      const mayStart =
        parallel !== 'auto' || [...running.keys()].every(({ id }) => progress.isLoading(id) && !lateness.isLateNow(id));
      const next = mayStart ? nextToStart(waiting, [...running.keys()], room) : null;
      if (next === null) break;
      waiting.splice(waiting.indexOf(next), 1);
      start(next);
    }
    await Promise.race([...running.values(), ...(waiting.length > 0 ? [news] : [])]);
  }
  await Promise.all(running.values());
  for (const cell of later) {
    if (context.signal.aborted) break;
    outcomes.set(cell.id, (await watched(cell, context, lateness, () => false)).outcome);
  }
  return outcomes;
}

/** Cells that read machine-wide values. */
export function runsAlone({ scenario }: CellPlan): boolean {
  return scenario.watchSlab !== undefined;
}

/** The journal's facts that decide when another cell may start. */
class Progress {
  readonly cost = new ConnectionCost();
  private readonly loading = new Set<string>();
  private tell: () => void = () => {};

  hear(line: JournalLine): void {
    this.cost.hear(line);
    if (line.type === 'engine' || line.type === 'load') {
      if (this.loading.has(line.cell)) return;
      this.loading.add(line.cell);
    } else if (line.type !== 'cpu') {
      return;
    }
    this.tell();
  }

  /** Whether a cell's load has begun. */
  isLoading(cell: string): boolean {
    return this.loading.has(cell);
  }

  /** Resolves when a load begins, or when another second of a running one was read. */
  news(): Promise<void> {
    return new Promise((resolve) => {
      this.tell = resolve;
    });
  }
}

export interface Room {
  parallel: Parallel;
  cores: number;
  /** CPU time per short connection, µs. */
  connectionUs: number;
}

/**
 * The next cell that may run with the running ones; `null`: none now. Keeps the order, except for cells that do not fit
 * yet.
 */
export function nextToStart(
  waiting: readonly CellPlan[],
  running: readonly CellPlan[],
  { parallel, cores, connectionUs }: Room,
): CellPlan | null {
  const [first] = waiting;
  if (first === undefined) return null;
  if (running.length === 0) return first;
  if (parallel !== 'auto') return running.length < parallel ? first : null;
  const used = running.reduce((sum, cell) => sum + cpuNeed(cell, connectionUs), 0);
  const fits = (cell: CellPlan) => used + cpuNeed(cell, connectionUs) <= cores * fillable;
  return waiting.find(fits) ?? null;
}

interface Watched {
  outcome: CellOutcome;
  /** Describes what disturbed the cell; `null`: nothing. */
  disturbed: string | null;
  hadCompany: boolean;
}

async function watched(
  cell: CellPlan,
  context: CellContext,
  lateness: Lateness,
  isCompany: () => boolean,
): Promise<Watched> {
  const before = readContention();
  let hadCompany = isCompany();
  const runnable: number[] = [];
  const timer = setInterval(() => {
    hadCompany ||= isCompany();
    runnable.push(...readRunnable());
  }, 500);
  let disturbed: string | null = null;
  const outcome = await runCell(cell, context, () => {
    const contention = contentionBetween(before, readContention(), runnable);
    disturbed = disturbanceIn(contention, hadCompany ? lateness.of(cell.id) : null);
    if (disturbed === null) return;
    const t = monotonicMs() - context.runStartedAt;
    context.journal.write({ type: 'disturbance', t, cell: cell.id, text: disturbed });
  });
  clearInterval(timer);
  return { outcome, disturbed, hadCompany };
}

/** `late`: what was late in a cell that ran with others; `null`: nothing was, or it ran alone. Pure. */
export function disturbanceIn({ waiting, runnable, stolen }: Contention, late: string | null): string | null {
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
  const queue = runnable === null ? '' : `; ${runnable.toFixed(1)} runnable tasks per core`;
  if (late !== null && waiting !== null && waiting > mostWaiting) {
    return `${late}: other cells ran at the same time, and tasks waited for a CPU ${percent(waiting)} of the time (PSI${queue})`;
  }
  if (late !== null && waiting === null && runnable !== null && runnable > mostRunnable) {
    return `${late}: other cells ran at the same time, and the run queues were long (${queue.slice(2)})`;
  }
  if (stolen !== null && stolen > mostStolen) return `the hypervisor took ${percent(stolen)} of the CPU time (steal)`;
  return null;
}
