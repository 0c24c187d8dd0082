import type { JournalLine } from '../model/journal.ts';
import { isPartOfAnother } from '../model/load-facts.ts';

/**
 * CPU time assumed for one short connection until this run has measured it, client, server and kernel together, µs.
 * More than a quiet machine needs (bench/results/engine.md has the client's part), to leave room for the first cells.
 */
export const allowanceUs = 150;
/** Plausible range of a reading, µs. */
const believable = { least: 40, most: 500 };

interface Load {
  connectionsPerSec: number;
  /** Latest busy cores by role. The first second of a role includes its warm-up and is not used. */
  busy: Map<string, number>;
  warm: Set<string>;
}

/** CPU cost of a short connection on this machine now, from the CPU lines of the running cells. */
export class ConnectionCost {
  /** Planned connections per second; `null`: as many as possible. */
  private readonly planned = new Map<string, number | null>();
  /** Names whose CPU time is already included in another name's figure. */
  private readonly parts = new Set<string>();
  private readonly loads = new Map<string, Load>();
  private measuredUs: number | null = null;

  hear(line: JournalLine): void {
    if (line.type === 'cell') {
      const { load, links } = line.plan.scenario;
      this.planned.set(line.cell, load.arrival.loop === 'open' ? load.arrival.ratePerSec * links.length : null);
    } else if (line.type === 'engine') {
      const connectionsPerSec = this.planned.get(line.cell) ?? null;
      if (connectionsPerSec === null || !line.facts.paced || this.loads.has(line.cell)) return;
      this.loads.set(line.cell, { connectionsPerSec, busy: new Map(), warm: new Set() });
    } else if (line.type === 'server') {
      const cpu = Object.entries(line.facts?.cpu ?? {});
      for (const [name, use] of cpu) if (isPartOfAnother(use)) this.parts.add(name);
    } else if (line.type === 'cpu') {
      const load = this.loads.get(line.cell);
      if (load === undefined) return;
      if (load.warm.has(line.role)) {
        const shares = Object.entries(line.busy).filter(([name]) => !this.parts.has(name));
        load.busy.set(
          line.role,
          shares.reduce((sum, [, share]) => sum + share, 0),
        );
        this.measure();
      }
      load.warm.add(line.role);
    } else if (line.type === 'cell-end') {
      this.loads.delete(line.cell);
      this.planned.delete(line.cell);
    }
  }

  /** µs of CPU time per connection; the assumed value until it has been measured. */
  get us(): number {
    return this.measuredUs ?? allowanceUs;
  }

  /** The median cell: one that is searching for ports costs more, which cpu-need.ts accounts for separately. */
  private measure(): void {
    const all: number[] = [];
    for (const { connectionsPerSec, busy } of this.loads.values()) {
      // A cell whose server has not been read yet would look too cheap.
      if (busy.size < 2) continue;
      const cores = [...busy.values()].reduce((sum, share) => sum + share, 0);
      const us = (cores * 1e6) / connectionsPerSec;
      if (us >= believable.least && us <= believable.most) all.push(us);
    }
    all.sort((a, b) => a - b);
    this.measuredUs = all[Math.floor(all.length / 2)] ?? this.measuredUs;
  }
}
