import type { CellPlan } from '../../model/cell.ts';
import { countOf } from '../../model/failures.ts';
import type { JournalLine } from '../../model/journal.ts';
import { defaultPortRange, parsePortRange, portRangeKey } from '../../model/sysctls.ts';

interface LiveCell {
  plan: CellPlan;
  index: number;
  /** 1 the first time; a disturbed cell is run again, alone. */
  attempt: number;
  state: 'waiting' | 'starting' | 'load' | 'observing' | 'done';
  loadStartedAt: number | null;
  now: number;
  /** TIME_WAIT by role, and the ports of the subject. */
  timeWait: Map<string, number>;
  ports: number;
  /** `null`: the engine reports nothing while it runs. */
  perSec: number | null;
  failed: number;
  exhausted: boolean;
}

const barCells = 20;

/** The cells that are running, from journal lines alone. Pure. */
export class LiveCells {
  private readonly cells = new Map<string, LiveCell>();
  private readonly count: number;

  constructor(plans: readonly CellPlan[]) {
    this.count = plans.length;
    for (const [index, plan] of plans.entries()) {
      this.cells.set(plan.id, { plan, index, attempt: 0, ...beginning(), state: 'waiting' });
    }
  }

  add(line: JournalLine): void {
    if (!('cell' in line)) return;
    const cell = this.cells.get(line.cell);
    if (cell === undefined) return;
    cell.now = line.t;
    // A disturbed cell is run again: its figures start over.
    if (line.type === 'cell') Object.assign(cell, beginning(), { attempt: cell.attempt + 1 });
    else if (line.type === 'cell-end') cell.state = 'done';
    else if (line.type === 'load-end') cell.state = 'observing';
    else if (line.type === 'sample') cell.timeWait.set(line.role, line.readings.tw ?? 0);
    else if (line.type === 'peer' && isSubject(cell, line.role)) {
      const range = parsePortRange(line.effective[portRangeKey] ?? '') ?? defaultPortRange;
      cell.ports += range.high - range.low + 1;
    } else if (line.type === 'engine') {
      // Engines without intervals (wrk) report nothing else until they end.
      cell.loadStartedAt ??= line.t;
      cell.state = 'load';
    } else if (line.type === 'load') {
      if (cell.loadStartedAt === null) cell.loadStartedAt = line.t - line.intervalMs;
      cell.state = 'load';
      cell.perSec = (line.completed * 1000) / line.intervalMs;
      cell.failed += countOf(line.failures ?? []);
      cell.exhausted = line.failures?.some((failure) => failure.errno === 'EADDRNOTAVAIL') ?? false;
    }
  }

  /** One line for each cell that runs, cut to `width` where there is one. */
  running(width = Number.POSITIVE_INFINITY): string[] {
    return [...this.cells.values()]
      .filter((cell) => cell.state !== 'waiting' && cell.state !== 'done')
      .map((cell) => this.text(cell).slice(0, width));
  }

  place(id: string): string {
    const cell = this.cells.get(id);
    if (cell === undefined) return '';
    return ` (${cell.index + 1} of ${this.count}${cell.attempt > 1 ? ', rerun alone' : ''})`;
  }

  private text(cell: LiveCell): string {
    if (cell.state === 'starting') return `${cell.plan.id}  starting`;
    const doneMs = cell.loadStartedAt === null ? 0 : cell.now - cell.loadStartedAt;
    const leftSec = Math.max(0, Math.ceil((lengthMs(cell.plan) - doneMs) / 1000));
    const own = [...cell.timeWait].filter(([role]) => isSubject(cell, role));
    const used = own.reduce((sum, [, count]) => sum + count, 0) / Math.max(1, cell.ports);
    const filled = Math.min(barCells, Math.round(used * barCells));
    const bar = `${'█'.repeat(filled)}${'░'.repeat(barCells - filled)} ${String(Math.round(used * 100)).padStart(3)} %`;
    const phase =
      cell.state === 'observing' ? 'observing' : cell.exhausted ? 'exhausted' : used > 0.5 ? 'past half' : 'load';
    return `${cell.plan.id}  ${bar}  ${phase}  ${timeWaitText(cell)}  ${progressText(cell)}${leftSec} s left`;
  }
}

function beginning(): Omit<LiveCell, 'plan' | 'index' | 'attempt'> {
  return {
    state: 'starting',
    loadStartedAt: null,
    now: 0,
    timeWait: new Map(),
    ports: 0,
    perSec: null,
    failed: 0,
    exhausted: false,
  };
}

/** Whether the cell is about this peer's ports: `web` is not part of `webcache`. */
function isSubject({ plan }: LiveCell, role: string): boolean {
  return plan.peers.some((peer) => peer.role === role && peer.kind === plan.scenario.subject);
}

function progressText({ perSec, failed }: LiveCell): string {
  return perSec === null ? '' : `${Math.round(perSec)}/s  ${failed} failed  `;
}

function timeWaitText(cell: LiveCell): string {
  return `TIME_WAIT ${[...cell.timeWait].map(([role, count]) => `${role} ${count}`).join(', ')}`;
}

function lengthMs(plan: CellPlan): number {
  return plan.scenario.load.durationMs + plan.scenario.load.observeMs;
}
