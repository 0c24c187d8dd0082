import { readNumber } from '../../model/metrics.ts';
import type { MeasuredCell } from '../../model/report.ts';

/** How a metric of two groups of cells is compared. */
export interface ComparedMetric {
  name: string;
  better: 'lower' | 'higher' | 'neutral';
  /**
   * `exact`: does not depend on how fast the machine was, so values that agree within each group and differ
   * between them are different, however few; `statistical`: timing moves it, so the difference is tested.
   */
  basis: 'exact' | 'statistical';
  /** As a number; `null`: not read in that cell. */
  read(cell: MeasuredCell): number | null;
  /** Values this close are equal, whatever the ratio. */
  tolerance: number;
  /** statistical: a smaller relative difference of the typical values does not matter. 0.2 = 20 %. */
  minimumEffect: number;
  /** exact: a difference that timing can make after all; both groups then need three repetitions. */
  doubtful?(base: number, value: number): boolean;
  /** How the value reads where it is not a plain number. */
  words?(value: number): string;
}

/** Verdicts from good to bad; `skipped` and `failed` have no numbers and are not compared. */
const verdictOrder: readonly MeasuredCell['verdict'][] = [
  'healthy',
  'degraded',
  'overflow',
  'exhausted',
  'leaking',
  'invalid',
];

/** How bad the verdicts of a group are: the worst of them, 0 is healthy. */
export function badness(cells: readonly MeasuredCell[]): number {
  return Math.max(...cells.map((cell) => verdictOrder.indexOf(cell.verdict)));
}

/**
 * What two groups of cells of one scenario are compared by. Only metrics that say something about the
 * setting, not about the amount of work: a closed loop makes more of everything when the CPU is faster.
 */
export function comparedMetrics(cells: readonly MeasuredCell[]): ComparedMetric[] {
  const roles = [...new Set(cells.flatMap((cell) => Object.keys(cell.peers)))];
  // In reports of older runs: an arrival that never started (phase `schedule`) is about a busy machine, not the setting.
  const failures = cells.flatMap((cell) => cell.load.failures).filter(({ phase }) => phase !== 'schedule');
  const errnos = [...new Set(failures.map(({ errno }) => errno))].sort();
  const openLoop = cells.every((cell) => cell.load.rate.offered !== null);
  return [
    verdict,
    ...errnos.map(errnoOccurred),
    ...roles.flatMap((role) => [
      yesNo(`${role}.timeWait.overflowed`, 'lower'),
      yesNo(`${role}.timeWait.recycled`, 'neutral'),
      perConnection(role),
    ]),
    // A closed loop is as fast as the CPU lets it be, and on a shared machine that drifts by the hour.
    statistical('load.rate.achieved', 'higher', openLoop ? 0.05 : 0.2, 1),
    statistical('phases.timeToExhaustionMs', 'higher', openLoop ? 0.1 : 0.3, 250),
    statistical('phases.recoveryMs', 'lower', 0.1, 2500),
    statistical('load.connectCallUs.p50', 'lower', 0.5, 20),
    statistical('load.connectLatencyUs.p50', 'lower', 0.5, 50),
    statistical('load.requestLatencyUs.p50', 'lower', 0.5, 100),
    // Tails move by a factor between runs of the same thing; the port-search cliff moves them by 50.
    statistical('load.connectCallUs.p99', 'lower', 2, 200),
    statistical('load.requestLatencyUs.p99', 'lower', 2, 1000),
    ...roles.flatMap((role) => [
      statistical(`${role}.timeWait.peak`, 'lower', openLoop ? 0.1 : 0.2, 20),
      statistical(`${role}.states.CLOSE_WAIT.peak`, 'lower', 0.5, 20),
      statistical(`${role}.states.FIN_WAIT2.peak`, 'lower', 0.5, 20),
      statistical(`${role}.conntrack.timeWaitPeak`, 'lower', openLoop ? 0.1 : 0.2, 20),
    ]),
  ];
}

const verdict: ComparedMetric = {
  name: 'verdict',
  better: 'lower',
  basis: 'exact',
  read: (cell) => verdictOrder.indexOf(cell.verdict),
  tolerance: 0,
  minimumEffect: 0,
  // Degraded means that connect() became slow: a matter of the clock, unlike an errno.
  doubtful: (base, value) => base <= 1 && value <= 1,
  words: (value) => verdictOrder[value] ?? String(value),
};

/** Ports that run out do so in every repetition; a reset or a time-out may be a moment of the machine. */
function errnoOccurred(errno: string): ComparedMetric {
  const metric = yesNo(`load.failures.${errno}`, 'lower');
  return errno === 'EADDRNOTAVAIL' || errno === 'EADDRINUSE' ? metric : { ...metric, doubtful: () => true };
}

/** Whether something happened at all: a fact of the setting, where the number of times follows the clock. */
function yesNo(name: string, better: ComparedMetric['better']): ComparedMetric {
  return {
    name: `${name} > 0`,
    better,
    basis: 'exact',
    read: (cell) => {
      const value = readNumber(cell, name);
      return value === null ? null : Number(value > 0);
    },
    tolerance: 0,
    minimumEffect: 0,
    words: (value) => (value > 0 ? 'yes' : 'no'),
  };
}

/**
 * TIME_WAITs made for each connection follow from who closes, and how. Tolerance: the connections still
 * open when the load ends, and closes that happened to cross. Too few connections say nothing.
 */
function perConnection(role: string): ComparedMetric {
  const name = `${role}.timeWait.perConnection`;
  return {
    name,
    better: 'lower',
    basis: 'exact',
    read: (cell) => ((cell.load.connected ?? cell.load.completed) < 100 ? null : readNumber(cell, name)),
    tolerance: 0.05,
    minimumEffect: 0,
    words: (value) => value.toFixed(2),
  };
}

function statistical(
  name: string,
  better: ComparedMetric['better'],
  minimumEffect: number,
  tolerance: number,
): ComparedMetric {
  return { name, better, basis: 'statistical', read: (cell) => readNumber(cell, name), tolerance, minimumEffect };
}
