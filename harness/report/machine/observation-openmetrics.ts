import { targetText } from '../../analysis/observation/check-observation.ts';
import type { Observation } from '../../model/observation.ts';
import { observationMetrics } from '../../model/observation-metrics.ts';
import { verdicts } from '../../model/vocabulary.ts';
import { escaped, labelText, snakeCase } from './openmetrics-text.ts';

/** Destinations that are exported; more would be too many time series for a scrape. */
const mostDestinations = 50;

/** Of a destination: name after `timewait_observed_destination_`, help, value. */
const ofDestination: readonly [string, string, (one: Observation['destinations'][number]) => number | null][] = [
  ['share', 'share of the usable ports in use', (one) => one.share],
  ['used', 'ports in use', (one) => one.used],
  ['opened_per_sec', 'new connections per second', (one) => one.openedPerSec],
  ['time_wait', 'sockets in TIME_WAIT', (one) => one.states.TIME_WAIT ?? 0],
  [
    'exhausted_in_seconds',
    'until no port is free at this rate; absent: never',
    (one) => seconds(one.outlook.exhaustedInMs),
  ],
  [
    'cliff_in_seconds',
    'until half of the ports are in use at this rate; absent: never',
    (one) => seconds(one.outlook.cliffInMs),
  ],
];

/**
 * OpenMetrics 1.0 text of an observation, for node_exporter's textfile collector or a scrape. All are gauges. A value that
 * was not read, or does not occur, is absent.
 */
export function observationOpenMetrics(observation: Observation): string {
  const target = { target: targetText(observation) };
  const lines: string[] = [];
  const family = (name: string, help: string, samples: readonly [Record<string, string>, number | null][]) => {
    const read = samples.filter(([, value]) => value !== null);
    if (read.length === 0) return;
    lines.push(`# TYPE ${name} gauge`, `# HELP ${name} ${escaped(help)}`);
    for (const [labels, value] of read) lines.push(`${name}{${labelText({ ...target, ...labels })}} ${value}`);
  };
  family(
    'timewait_observed_verdict',
    'one for the verdict, zero for the others',
    verdicts.map((verdict) => [{ verdict }, Number(observation.verdict === verdict)]),
  );
  for (const [name, metric] of Object.entries(observationMetrics)) {
    const value = metric.read(observation);
    if (typeof value === 'number') family(`timewait_observed_${snakeCase(name)}`, metric.source, [[{}, value]]);
  }
  const shown = observation.destinations.slice(0, mostDestinations);
  for (const [name, help, read] of ofDestination) {
    family(
      `timewait_observed_destination_${name}`,
      help,
      shown.map((one) => [{ source: one.source, destination: one.address, port: String(one.port) }, read(one)]),
    );
  }
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
