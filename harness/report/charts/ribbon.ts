import { duration } from '../../model/figure.ts';
import type { MeasuredCell, Phase } from '../../model/report.ts';

export interface RibbonStretch {
  phase: Phase['phase'];
  /** Percent of the load's time. */
  from: number;
  width: number;
  /** `exhausted after 5.01 s`. */
  text: string;
}

/** The phases of a load as one bar. */
export function ribbonStretches(cell: MeasuredCell): RibbonStretch[] {
  const { stretches } = cell.phases;
  const end = Math.max(cell.load.durationMs, ...stretches.map((s) => s.toMs));
  const percent = (ms: number) => Math.round((ms / end) * 10_000) / 100;
  return stretches.map(({ phase, fromMs, toMs }) => ({
    phase,
    from: percent(fromMs),
    width: percent(toMs - fromMs),
    text:
      fromMs <= 0
        ? `${phase} ${stretches.length === 1 ? 'throughout' : 'at first'}`
        : `${phase} after ${duration(fromMs)}`,
  }));
}
