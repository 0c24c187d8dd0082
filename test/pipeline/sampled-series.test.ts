import { expect, it, vi } from 'vitest';
import { comparedMetrics } from '../../harness/analysis/compare/compared-metrics.ts';
import { expressionIssues } from '../../harness/expression/expression.ts';
import { JournalLine } from '../../harness/model/journal.ts';
import { metricFamilies, readNumber } from '../../harness/model/metrics.ts';
import { isMeasured } from '../../harness/model/report.ts';
import type { SampledSeries } from '../../harness/model/sampled-series.ts';
import { sampledCounters } from '../../harness/probe/mib.ts';
import { exporters } from '../../harness/report/exporters.ts';
import { RunReader } from '../../harness/run/run-reader.ts';
import { sampleRunLines } from '../samples/run-lines.ts';

/**
 * A series that the lab does not have, added only by an entry in the table: all that a new sampled metric needs
 * besides its reader in probe/readings.ts and its line in docs/report.md.
 */
vi.mock(import('../../harness/model/sampled-series.ts'), async (original) => {
  const module = await original();
  const orphans: SampledSeries = {
    name: 'orphans',
    unit: 'count',
    better: 'lower',
    source: 'a fixture',
    chart: 'Orphaned sockets',
    row: 'orphans peak',
    compared: { tolerance: 5, minimumEffect: 0.1 },
  };
  const { row: _, compared: __, ...plain } = orphans;
  const probes: SampledSeries = { ...plain, name: 'probes', counter: 'TcpExt.Probes', chart: null };
  return { ...module, allSampledSeries: [...module.allSampledSeries, orphans, probes] };
});

const reader = new RunReader();
for (const line of sampleRunLines()) {
  const isSample = line.type === 'sample' && line.role === 'client';
  const readings = isSample ? { ...line.readings, orphans: Math.round(line.t / 100) } : {};
  const counters = isSample ? { 'TcpExt.Probes': 7 } : {};
  reader.add(JournalLine.parse(isSample ? { ...line, readings, counters } : line));
}
const { report, view } = reader.result();
const [cell] = report.cells.filter(isMeasured);
const render = (format: string) => exporters.find((one) => one.format === format)?.render(view) ?? '';

it('is in the report, and null for the peer that did not read it', () => {
  expect(cell?.peers.client?.sampled.orphans).toMatchObject({ peak: 30, atEnd: 30 });
  expect(cell?.peers.client?.sampled.probes).toEqual({ peak: 7, atEnd: 7, mean: 7 });
  expect(cell?.peers.server?.sampled.orphans).toBeNull();
});

it('is a metric that expectations and gates accept, with suggestions for typos', () => {
  expect(cell && readNumber(cell, 'client.sampled.orphans.peak')).toBe(30);
  expect(expressionIssues('client.sampled.orphans.mean < 100', 'gate')).toEqual([]);
  expect(expressionIssues('client.sampled.orphan.mean < 100', 'gate')[0]?.hint).toContain(
    'client.sampled.orphans.mean',
  );
  expect(metricFamilies.find(({ pattern }) => pattern.includes('sampled.orphans'))).toMatchObject({
    pattern: '<role>.sampled.orphans.peak|mean|atEnd',
    source: 'a fixture',
  });
});

it('is in every output: CSV, OpenMetrics, JSON, and its own chart in the page', () => {
  expect(render('csv')).toMatch(/,client,0,orphans,\d+\r\n/);
  expect(render('openmetrics')).toMatch(/^timewait_sampled_orphans_peak\{.*role="client".*\} 30$/m);
  expect(render('json')).toContain('"orphans"');
  expect(render('html')).toContain('Orphaned sockets: client');
  expect(render('html')).not.toContain('Orphaned sockets: server');
});

it('is a row of the table and a metric of compare', () => {
  const rows = view.scenarios[0]?.rows.filter(({ metric }) => metric.includes('sampled'));
  expect(rows).toMatchObject([{ side: 'client', label: 'orphans peak', metric: 'client.sampled.orphans.peak' }]);
  const compared = comparedMetrics(cell === undefined ? [] : [cell]).map(({ name }) => name);
  expect(compared).toContain('client.sampled.orphans.peak');
  expect(compared.join()).not.toMatch(/orphans\.mean|probes/);
});

it('for a counter is sampled without a reader', () => {
  expect(sampledCounters).toContain('TcpExt.Probes');
});
