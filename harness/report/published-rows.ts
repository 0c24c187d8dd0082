import { figure, percentChange } from '../model/figure.ts';
import type { ScenarioView } from './view.ts';

/** Published figures beside ours, as text: a caption, a header, and rows of the same length. */
export interface PublishedRows {
  caption: string;
  header: string[];
  rows: string[][];
}

const metricOf: Readonly<Record<string, string>> = {
  ESTABLISHED: 'states.ESTABLISHED.peak',
  TIME_WAIT: 'timeWait.peak',
  'conntrack TIME_WAIT': 'conntrack.timeWaitPeak',
};

/** `null`: nothing was published about this scenario. Ours is the peak of a cell; `—` where it was not measured. */
export function publishedRows(scenario: ScenarioView): PublishedRows | null {
  const theirs = scenario.published;
  if (theirs === null) return null;
  const [a, b] = theirs.profiles;
  const columns = [a, b].map((profile) => scenario.columns.findIndex((column) => column.profile === profile));
  const rows = theirs.rows.map(({ side, state, values, note }) => {
    const row = scenario.rows.find((r) => r.metric === `${side}.${metricOf[state]}`);
    const ours = columns.map((column) => row?.values[column]?.value ?? null);
    const label = note === undefined ? state : `${state} (${note})`;
    return [side, label, ...figures(values[0], values[1]), ...figures(ours[0] ?? null, ours[1] ?? null)];
  });
  const header = ['', '', `${a}, published`, b, 'change', `${a}, here`, b, 'change'];
  return { caption: theirs.source, header, rows };
}

function figures(base: number | null, value: number | null): string[] {
  const text = (x: number | null) => (x === null ? '—' : figure(x));
  const change = base === null || value === null || base === 0 ? '—' : percentChange(((value - base) / base) * 100);
  return [text(base), text(value), change];
}
