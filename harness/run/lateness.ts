import type { JournalLine } from '../model/journal.ts';

/** A sample so late, ms: half the usual period between two. */
const lateSampleMs = 50;
/** More of a cell's samples than this share are late only where its processes waited for a CPU. */
const mostLateSamples = 0.1;
/**
 * If one arrival in a hundred starts later than this, the arrivals came in bursts that the plan does not have. Below it
 * every expectation of the catalogue held (bench/README.md).
 */
const mostLagUs = 100_000;

/** The latest samples that tell how late a cell is now: a second of the usual ten. */
const latest = 10;

interface Delays {
  ticks: number;
  late: number;
  lagUs: number;
  /** Late ticks of each of the latest samples, itself and those missed before it. */
  recent: number[];
  /** Of the latest reading of the load. */
  recentLagUs: number;
}

const none = (): Delays => ({ ticks: 0, late: 0, lagUs: 0, recent: [], recentLagUs: 0 });

/** How late a cell's own readings and arrivals were: whether it got the CPU time that it needed, when it needed it. */
export class Lateness {
  private readonly cells = new Map<string, Delays>();

  hear(line: JournalLine): void {
    if (line.type === 'cell') {
      this.cells.set(line.cell, none());
      return;
    }
    if (line.type !== 'sample' && line.type !== 'load' && line.type !== 'load-end') return;
    const delays = this.cells.get(line.cell);
    if (delays === undefined) return;
    if (line.type === 'sample') {
      const late = line.missed + (line.lateMs > lateSampleMs ? 1 : 0);
      delays.ticks += 1 + line.missed;
      delays.late += late;
      delays.recent = [...delays.recent, late].slice(-latest);
    } else if (line.type === 'load') {
      delays.recentLagUs = line.scheduleLagUs?.p99 ?? 0;
    } else {
      // Nothing more arrives, so that nothing is late while the cell is only watched.
      delays.recentLagUs = 0;
      delays.lagUs = Math.max(delays.lagUs, line.result.scheduleLagUs?.p99 ?? 0);
    }
  }

  /** Whether a running cell is late at the moment: another one beside it would make both later. */
  isLateNow(cell: string): boolean {
    const { recent, recentLagUs } = this.cells.get(cell) ?? none();
    return recentLagUs > mostLagUs || recent.reduce((sum, late) => sum + late, 0) > latest * mostLateSamples;
  }

  /** What came too late in a cell's latest attempt; `null`: nothing did. */
  of(cell: string): string | null {
    const { ticks, late, lagUs } = this.cells.get(cell) ?? none();
    if (lagUs > mostLagUs) return `one arrival in a hundred started over ${Math.round(lagUs / 1000)} ms late`;
    if (late > ticks * mostLateSamples) return `${late} of ${ticks} samples were late`;
    return null;
  }
}
