import type { CellHost } from '../analysis/cell/cell-report.ts';
import { partialCell } from '../analysis/cell/partial-cell.ts';
import { gateBreached } from '../analysis/gates/gate.ts';
import { RunCollector } from '../analysis/journal/collect.ts';
import type { Gate } from '../model/gates.ts';
import type { JournalLine } from '../model/journal.ts';
import type { Journal } from './journal.ts';

const lookEveryMs = 500;

/**
 * Ends the load of a cell that has surely broken a gate with `abortAfterMs` for that long without a pause.
 * Made from journal lines alone; only cells with such gates cost anything.
 */
export class GateWatch {
  private readonly gates: readonly Gate[];
  private readonly collector = new RunCollector();
  private readonly controllers = new Map<string, AbortController>();
  private readonly brokenSince = new Map<string, number>();
  private readonly lookedAt = new Map<string, number>();
  private host: CellHost | null = null;

  constructor(gates: readonly Gate[], journal: Journal) {
    this.gates = gates.filter((gate) => gate.abortAfterMs !== undefined);
    if (this.gates.length > 0) journal.onLine((line) => this.add(line));
  }

  /** Aborts when the cell's load should end now, with the reason. */
  loadSignal(cell: string): AbortSignal {
    const controller = new AbortController();
    this.controllers.set(cell, controller);
    return controller.signal;
  }

  private add(line: JournalLine): void {
    this.collector.add(line);
    if (line.type === 'run') this.host = line.host;
    if (line.type !== 'load') return;
    if (line.t - (this.lookedAt.get(line.cell) ?? Number.NEGATIVE_INFINITY) < lookEveryMs) return;
    this.lookedAt.set(line.cell, line.t);
    this.look(line.cell, line.t);
  }

  private look(id: string, now: number): void {
    const record = this.collector.cell(id);
    const partial = record === undefined || this.host === null ? null : partialCell(record, this.host);
    if (partial === null) return;
    for (const gate of this.gates) {
      const key = `${id} ${gate.holds}`;
      if (!gateBreached(gate, partial)) {
        this.brokenSince.delete(key);
        continue;
      }
      const since = this.brokenSince.get(key) ?? now;
      this.brokenSince.set(key, since);
      if (now - since < (gate.abortAfterMs ?? 0)) continue;
      const why = `load ended early: the gate '${gate.name ?? gate.holds}' was broken for ${Math.round(now - since)} ms`;
      this.controllers.get(id)?.abort(why);
    }
  }
}
