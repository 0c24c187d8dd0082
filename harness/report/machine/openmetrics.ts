import { findMetric, type Metric, metricsOf, readMetric } from '../../model/metrics.ts';
import type { CellReport } from '../../model/report.ts';
import { verdicts } from '../../model/vocabulary.ts';
import type { Exporter } from '../exporter.ts';
import type { ReportView } from '../view.ts';
import { escaped, labelText, snakeCase } from './openmetrics-text.ts';

/**
 * OpenMetrics 1.0 text, for a pushgateway or a textfile collector. Every metric of the registry becomes
 * `timewait_<metric>` with the labels scenario, variant, profile, repetition, and role, name or errno. All are gauges:
 * they are the results of one run, not running counters. MIB counters that did not grow are left out.
 */
export const openmetrics: Exporter = { format: 'openmetrics', fileName: 'metrics.prom', render };

interface Sample {
  labels: Record<string, string>;
  value: number;
}

function render(view: ReportView): string {
  const families = new Map<string, { help: string; samples: Sample[] }>();
  const add = (name: string, help: string, sample: Sample) => {
    const family = families.get(name) ?? { help, samples: [] };
    families.set(name, family);
    family.samples.push(sample);
  };
  for (const cell of view.report.cells) {
    for (const verdict of verdicts) {
      const labels = { ...labelsOf(cell), verdict };
      add('timewait_verdict', 'one for the verdict of the cell, zero for the others', {
        labels,
        value: Number(cell.verdict === verdict),
      });
    }
    for (const text of metricsOf(cell)) {
      const value = readMetric(cell, text);
      const metric = findMetric(text);
      if (metric === null || (typeof value !== 'number' && typeof value !== 'boolean')) continue;
      // Hundreds of counters that did not grow would bury the rest.
      if (value === 0 && metric.family.exported.name === 'counters') continue;
      const { name, labels } = nameOf(metric);
      add(name, metric.family.source, {
        labels: { ...labelsOf(cell), ...labels },
        value: Number(value),
      });
    }
  }
  const lines = [...families].flatMap(([name, { help, samples }]) => [
    `# TYPE ${name} gauge`,
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map(({ labels, value }) => `${name}{${labelText(labels)}} ${value}`),
  ]);
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

function labelsOf(cell: CellReport): Record<string, string> {
  const { scenario, variant, profile, repetition, form } = cell;
  return { scenario, ...(variant === undefined ? {} : { variant }), profile, repetition: String(repetition), form };
}

/** `client.counters.Tcp.ActiveOpens` → `timewait_counters{role="client",name="Tcp.ActiveOpens"}`. */
function nameOf({ family, groups, role }: Metric): { name: string; labels: Record<string, string> } {
  const labels: Record<string, string> = role === undefined ? {} : { role };
  const parts = [family.exported.name];
  for (const [i, label] of family.exported.labels.entries()) {
    const group = groups[i] ?? '';
    if (label === null) parts.push(group);
    else labels[label] = group;
  }
  return { name: `timewait_${snakeCase(parts.join('_'))}`, labels };
}
