import type { Unit } from './figure.ts';

/**
 * What a sample carries besides counters. Each entry of this table defines the key in the journal's `readings`, the
 * timeline, the CSV series, the metrics `<role>.sampled.<name>.peak|mean|atEnd` and, where it says so, a chart, a line
 * of the table and a part in compare.
 */
export interface SampledSeries {
  /** camelCase; unique. */
  name: string;
  /** A gauge among the sampled MIB counters; absent: the sampler reads it (probe/readings.ts). */
  counter?: string;
  unit: Unit;
  better: 'lower' | 'higher' | 'neutral';
  source: string;
  /** Title of its own chart, drawn where anything but 0 was read. `null`: it is drawn together with others. */
  chart: string | null;
  /** Its peak is in the comparison table under this label, where anything but 0 was read. Absent: it is not. */
  row?: string;
  /** How compare judges its peak, where that depends on the setting and not on the amount of work. Absent: it does not. */
  compared?: { tolerance: number; minimumEffect: number };
}

export const sampledSeries = [
  {
    name: 'tw',
    unit: 'count',
    better: 'lower',
    source: 'sockstat "TCP: tw": TIME_WAIT, and FIN_WAIT2 that the kernel keeps as timewait sockets',
    chart: null,
  },
  {
    name: 'inUse',
    unit: 'count',
    better: 'neutral',
    source: 'sockstat "TCP: inuse" and sockstat6 "TCP6: inuse": full sockets, listeners included',
    chart: null,
  },
  {
    name: 'currEstab',
    counter: 'Tcp.CurrEstab',
    unit: 'count',
    better: 'neutral',
    source: 'snmp Tcp.CurrEstab: ESTABLISHED and CLOSE_WAIT (RFC 4022)',
    chart: null,
  },
  {
    name: 'conntrack',
    unit: 'count',
    better: 'neutral',
    source: 'nf_conntrack_count: connections that the namespace tracks',
    chart: 'Tracked connections (conntrack)',
  },
] as const satisfies readonly SampledSeries[];

/** Names that the sampler reads itself. */
export type ReadingName = Exclude<(typeof sampledSeries)[number], { counter: string }>['name'];

/** The table with its declared type, for callers that need all of it. */
export const allSampledSeries: readonly SampledSeries[] = sampledSeries;

interface SampleReadings {
  readings: Readonly<Record<string, number | null>>;
  counters: Readonly<Record<string, number>>;
}

/** The value of a series in one sample; `null`: not read. */
export function readingOf(sample: SampleReadings, series: Pick<SampledSeries, 'name' | 'counter'>): number | null {
  if (series.counter !== undefined) return sample.counters[series.counter] ?? null;
  return sample.readings[series.name] ?? null;
}
