import type { JournalLine } from '../../harness/model/journal.ts';
import { childrenOf } from '../../harness/probe/process-tree.ts';
import type { RunObserver } from '../../harness/run/lab-run.ts';
import { readOrEmpty } from '../leftovers/read.ts';
import type { AgentFault } from './choose.ts';
import type { Strike } from './judge.ts';

/** Lines of the journal that a fault follows: in set-up, in the load, in tear-down. */
const moments = ['peer', 'engine', 'load-end'] as const;
/** A fault comes at most this long after its moment. */
const withinMs = 2000;

/**
 * Strikes one peer of one cell of the run at a random instant: observes the journal, and kills or stops the agent or a
 * program that the agent has started.
 */
export class Striker implements RunObserver {
  struck: Strike | null = null;
  private readonly fault: AgentFault;
  private readonly run: string;
  private readonly random: () => number;
  private readonly moment: (typeof moments)[number];
  private cell: string | null = null;
  private readonly pids: { role: string; pid: number }[] = [];
  private hasLoadEnded = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(fault: AgentFault, run: string, random: () => number) {
    this.fault = fault;
    this.run = run;
    this.random = random;
    this.moment = moments[Math.floor(random() * moments.length)] ?? 'engine';
  }

  onPlanned(cells: readonly { id: string }[]): void {
    this.cell = cells[Math.floor(this.random() * cells.length)]?.id ?? null;
  }

  onLine(line: JournalLine): void {
    if (!('cell' in line) || line.cell !== this.cell || this.struck !== null) return;
    if (line.type === 'peer' && line.pid !== null) this.pids.push({ role: line.role, pid: line.pid });
    if (line.type === 'load-end') this.hasLoadEnded = true;
    if (line.type === 'cell-end') this.stop();
    else if (line.type === this.moment) this.timer ??= setTimeout(() => this.strike(), this.random() * withinMs);
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.cell = null;
  }

  private strike(): void {
    const cell = this.cell;
    const peer = this.pids[Math.floor(this.random() * this.pids.length)];
    if (cell === null || peer === undefined || !isAgentOf(peer.pid, this.run)) return;
    if (this.fault !== 'program-killed') {
      const signal = this.fault === 'agent-killed' ? 'SIGKILL' : 'SIGSTOP';
      process.kill(peer.pid, signal);
      this.struck = { cell, what: `${peer.role}: ${signal} of its agent`, isFatal: !this.hasLoadEnded };
      return;
    }
    const programs = childrenOf(peer.pid);
    const program = programs[Math.floor(this.random() * programs.length)];
    if (program === undefined) return;
    process.kill(program, 'SIGKILL');
    // It may be one that only reads, such as conntrack: the cell may be measured without it.
    this.struck = { cell, what: `${peer.role}: SIGKILL of one of its programs`, isFatal: false };
  }
}

/** The pid may be another process's by now. */
function isAgentOf(pid: number, run: string): boolean {
  return readOrEmpty(`/proc/${pid}/cmdline`).split('\0').includes(`--run=${run}`);
}
