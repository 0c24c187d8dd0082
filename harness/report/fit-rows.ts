import { fitText } from '../analysis/observation/fit.ts';
import { figure, percentChange } from '../model/figure.ts';
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
    differenceText(one),
    one.isNear === null ? '' : one.isNear ? 'yes' : 'no',
  ]);
  return {
    caption: `Observed: ${source}`,
    header: ['', 'observed', `${profile}, here`, 'difference', 'within 10 %'],
    rows,
  };
}

/** Of shares in points: their percentages are compared by subtraction. */
function differenceText({ figure: name, difference }: Fit['figures'][number]): string {
  if (difference === null) return '';
  if (name !== 'closedFirst') return percentChange(difference * 100);
  return `${difference > 0 ? '+' : ''}${figure(Math.round(difference * 1000) / 10)} points`;
}
