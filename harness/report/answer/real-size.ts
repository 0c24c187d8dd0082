import { duration, figure, withUnit } from '../../model/figure.ts';
import type { MeasuredCell } from '../../model/report.ts';
import { defaultPortRange, parsePortRange, portRangeKey } from '../../model/sysctls.ts';

/** What the port budget of a cell is with the ports of a real host. */
interface RealBudget {
  ports: number;
  fourTuples: number;
  /** Connections per second that they sustain. */
  ceiling: number;
  /** connect() may reuse a TIME_WAIT: the ceiling is per tcp_tw_reuse_delay. */
  reuses: boolean;
  offered: number | null;
}

const timeWaitSec = 60;

/** Ports of the peer that opens the load's connections, unscaled and as measured. `null`: no peer opened any. */
export function portsOf(cell: MeasuredCell): { real: number; used: number } | null {
  const openers = Object.values(cell.peers).filter(({ counters }) => (counters['Tcp.ActiveOpens'] ?? 0) > 0);
  const first = openers.find(({ counters }) => (counters['Tcp.PassiveOpens'] ?? 0) === 0) ?? openers[0];
  if (first === undefined) return null;
  const { effective, unscaled = {} } = first.sysctls;
  const size = (value: string | null | undefined) => {
    const { low, high } = (value == null ? null : parsePortRange(value)) ?? defaultPortRange;
    return high - low + 1;
  };
  const used = effective[portRangeKey];
  return { real: size(unscaled[portRangeKey] ?? used), used: size(used) };
}

function realBudget(cell: MeasuredCell): RealBudget | null {
  const ports = portsOf(cell);
  const { budget, load } = cell;
  const ceiling = budget?.maxRatePerSec.predicted ?? null;
  if (ports === null || budget == null || ceiling === null || ceiling <= 0) return null;
  const factor = ports.real / ports.used;
  const reuses = ceiling * timeWaitSec > budget.fourTuples * 1.01;
  return {
    ports: Math.round(budget.ports * factor),
    fourTuples: budget.fourTuples * factor,
    ceiling: ceiling * factor,
    reuses,
    offered: load.rate.offered,
  };
}

/**
 * One sentence for each number of ports: what it sustains at real size, and at the rate of this run. From the port
 * budget; the time that the port search costs is not in it. Empty: the ports set no limit here.
 */
export function realSizeLines(cells: readonly MeasuredCell[]): string[] {
  const budgets = cells.flatMap((cell) => realBudget(cell) ?? []);
  const sizes = [...new Set(budgets.map(({ fourTuples }) => Math.round(fourTuples)))].sort((a, b) => a - b);
  return sizes.slice(0, 3).map((size) => {
    const same = budgets.filter(({ fourTuples }) => Math.round(fourTuples) === size);
    const [without, reusing] = [same.find((one) => !one.reuses), same.find((one) => one.reuses)];
    const ports = (without ?? reusing)?.ports ?? 0;
    const what =
      ports === size
        ? `${figure(size)} ports to one destination`
        : `${figure(size)} four-tuples (${figure(ports)} ports)`;
    const parts = [
      ...(without === undefined ? [] : [`${withUnit(without.ceiling, '/s')}${atRate(without)}`]),
      ...(reusing === undefined
        ? []
        : [`${without === undefined ? '' : 'with reuse '}up to ${withUnit(reusing.ceiling, '/s')}`]),
    ];
    return `${what} sustain ${parts.join('; ')}.`;
  });
}

/** ` (at 600/s they run out after 47 s)`; nothing for a rate that they sustain. */
function atRate({ offered, ceiling, fourTuples }: RealBudget): string {
  if (offered === null || offered <= ceiling) return '';
  return ` (at ${withUnit(offered, '/s')} they run out after ${duration((fourTuples * 1000) / offered)})`;
}
