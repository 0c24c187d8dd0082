import type { CellHost } from '../analysis/cell/cell-report.ts';
import { partialCell } from '../analysis/cell/partial-cell.ts';
import { gateBreached, gateIsFor } from '../analysis/gates/gate.ts';
import { RunCollector } from '../analysis/journal/collect.ts';
import { thinRecord } from '../analysis/journal/thin-record.ts';
import type { Gate } from '../model/gates.ts';
import type { JournalLine, JournalLineOf } from '../model/journal.ts';
import type { MeasuredCell } from '../model/report.ts';
import type { RunObserver } from './lab-run.ts';

const lookEveryMs = 500;

interface WatchedGate {
  gate: Gate;
  /** Run time since which it has been continuously broken; `null`: it is not broken. */
  brokenSince: number | null;
}

/** One attempt at a cell; a repeated cell starts over. */
interface WatchedCell {
  gates: WatchedGate[];
  collector: RunCollector;
  lookedAt: number;
  /** Whether its record has fewer readings than were made, so that a short peak may be missing. */
  isThin: boolean;
  controller: AbortController;
}

/**
 * Ends the load of a cell that has continuously broken a gate for its `abortAfterMs`. Uses journal lines only. Only
 * cells with such gates cost anything, and each check costs the same however long they run.
 */
export class GateWatch implements RunObserver {
  private readonly gates: readonly Gate[];
  private readonly cells = new Map<string, WatchedCell>();
  private host: CellHost | null = null;

  constructor(gates: readonly Gate[]) {
    this.gates = gates.filter((gate) => gate.abortAfterMs !== undefined);
  }

  /** Aborts when the cell's load should end now, with the reason. */
  loadSignal(cell: string): AbortSignal {
    return (this.cells.get(cell)?.controller ?? new AbortController()).signal;
  }

  /** Number of readings kept for a cell; for tests. */
  heldReadings(cell: string): number {
    const peers = this.cells.get(cell)?.collector.cell(cell)?.peers.values() ?? [];
    return [...peers].reduce((sum, peer) => sum + peer.samples.length + peer.load.length, 0);
  }

  onLine(line: JournalLine): void {
    if (line.type === 'run') this.host = line.host;
    if (!('cell' in line)) return;
    if (line.type === 'cell') this.begin(line);
    const watched = this.cells.get(line.cell);
    if (watched === undefined) return;
    watched.collector.add(line);
    if (line.type === 'cell-end') this.cells.delete(line.cell);
    if ((line.type !== 'load' && line.type !== 'sample') || line.t - watched.lookedAt < lookEveryMs) return;
    watched.lookedAt = line.t;
    this.look(line.cell, watched, line.t);
  }

  private begin({ cell, plan }: JournalLineOf<'cell'>): void {
    const head = { scenario: plan.scenario.name, variant: plan.variant, profile: plan.profile, form: plan.form };
    const gates = this.gates.filter((gate) => gateIsFor(gate, head));
    if (gates.length === 0) return;
    this.cells.set(cell, {
      gates: gates.map((gate) => ({ gate, brokenSince: null })),
      collector: new RunCollector(),
      lookedAt: Number.NEGATIVE_INFINITY,
      isThin: false,
      controller: new AbortController(),
    });
  }

  private look(id: string, watched: WatchedCell, now: number): void {
    const record = watched.collector.cell(id);
    if (record === undefined || this.host === null) return;
    if (thinRecord(record)) watched.isThin = true;
    const partial = partialCell(record, this.host);
    if (partial === null) return;
    const cell = watched.isThin ? withoutPeakRate(partial) : partial;
    for (const one of watched.gates) {
      one.brokenSince = gateBreached(one.gate, cell) ? (one.brokenSince ?? now) : null;
      if (one.brokenSince === null || now - one.brokenSince < (one.gate.abortAfterMs ?? 0)) continue;
      const brokenMs = Math.round(now - one.brokenSince);
      const { name, holds } = one.gate;
      watched.controller.abort(`load ended early: the gate '${name ?? holds}' was broken for ${brokenMs} ms`);
    }
  }
}

function withoutPeakRate(cell: MeasuredCell): MeasuredCell {
  return { ...cell, load: { ...cell.load, rate: { ...cell.load.rate, peak: null } } };
}
