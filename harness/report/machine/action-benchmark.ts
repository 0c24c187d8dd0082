import { believable } from '../../analysis/compare/compare-profiles.ts';
import { median } from '../../analysis/statistics/statistics.ts';
import { readNumber, unitOf } from '../../model/metrics.ts';
import type { Exporter } from '../exporter.ts';
import type { ReportView } from '../view.ts';

/**
 * Input of github-action-benchmark, `tool: customSmallerIsBetter`: medians over the repetitions, with the
 * spread as `range`. Only metrics where smaller is better; rates are given as time per connection.
 */
export const actionBenchmark: Exporter = { format: 'action-benchmark', fileName: 'benchmark.json', render };

const metrics = [
  'client.timeWait.peak',
  'server.timeWait.peak',
  'load.failures',
  'load.connectCallUs.p50',
  'load.connectCallUs.p99',
  'load.requestLatencyUs.p50',
];

function render(view: ReportView): string {
  const entries = view.scenarios.flatMap(({ name, columns }) =>
    columns.flatMap(({ profile, cells }) => {
      const entry = (metric: string, unit: string, values: number[]) =>
        values.length === 0
          ? []
          : [{ name: `${name} / ${profile} / ${metric}`, unit, value: median(values), range: spread(values) }];
      const measured = believable(cells);
      const numbers = (metric: string) =>
        measured.map((cell) => readNumber(cell, metric)).filter((value) => value !== null);
      const perConnection = numbers('load.rate.achieved')
        .filter((rate) => rate > 0)
        .map((rate) => 1e6 / rate);
      return [
        ...metrics.flatMap((metric) => entry(metric, unitOf(metric), numbers(metric))),
        ...entry('time per completed attempt', 'us', perConnection),
      ];
    }),
  );
  return `${JSON.stringify(entries, null, 2)}\n`;
}

function spread(values: readonly number[]): string {
  return `± ${Math.round((Math.max(...values) - Math.min(...values)) * 50) / 100}`;
}
