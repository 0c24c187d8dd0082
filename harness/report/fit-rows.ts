import { fitText } from '../analysis/observation/fit.ts';
import { percentChange } from '../model/figure.ts';
import type { Fit } from '../model/fit.ts';

/** Observed and reproduced figures side by side, as text. */
export interface FitRows {
  caption: string;
  header: string[];
  rows: string[][];
}

export function fitRows({ source, profile, figures }: Fit): FitRows {
  const rows = figures.map((one) => [
    one.label,
    `${fitText(one, one.observed)}${one.figure === 'plateau' ? ' predicted' : ''}`,
    fitText(one, one.reproduced),
    one.difference === null ? '' : percentChange(one.difference * 100),
    one.isNear === null ? '' : one.isNear ? 'yes' : 'no',
  ]);
  return { caption: `Observed: ${source}`, header: ['', 'observed', `${profile}, here`, 'difference', 'near'], rows };
}
