import type { JournalLine } from '../model/journal.ts';

/** A sample so late, ms: half the usual period between two. */
const lateSampleMs = 50;
/** More of a cell's samples than this share are late only where its processes waited for a CPU. */
const mostLateSamples = 0.1;
/**
 * If one arrival in a hundred starts later than this, the arrivals came in bursts that the plan does not have. Below it
 * verdicts and counts were those of the same cell alone in every scenario (bench/README.md).
 */
const mostLagUs = 100_000;

interface Delays {
  ticks: number;
  late: number;
  lagUs: number;
}

/** How late a cell's own readings and arrivals were: whether it got the CPU time that it needed, when it needed it. */
export class Lateness {
  private readonly cells = new Map<string, Delays>();

  hear(line: JournalLine): void {
    if (line.type === 'cell') {
      this.cells.set(line.cell, { ticks: 0, late: 0, lagUs: 0 });
      return;
    }
    if (line.type !== 'sample' && line.type !== 'load-end') return;
    const delays = this.cells.get(line.cell);
    if (delays === undefined) return;
    if (line.type === 'sample') {
      delays.ticks += 1 + line.missed;
      delays.late += line.missed + (line.lateMs > lateSampleMs ? 1 : 0);
    } else {
      delays.lagUs = Math.max(delays.lagUs, line.result.scheduleLagUs?.p99 ?? 0);
    }
  }

  /** What came too late in a cell's latest attempt; `null`: nothing did. */
  of(cell: string): string | null {
    const { ticks, late, lagUs } = this.cells.get(cell) ?? { ticks: 0, late: 0, lagUs: 0 };
    if (lagUs > mostLagUs) return `one arrival in a hundred started over ${Math.round(lagUs / 1000)} ms late`;
    if (late > ticks * mostLateSamples) return `${late} of ${ticks} samples were late`;
    return null;
  }
}
