import { describe, expect, it } from 'vitest';
import { sampleJournal } from '../../../test/samples/journal.ts';
import { samplePlan } from '../../../test/samples/plan.ts';
import type { JournalLine } from '../../model/journal.ts';
import { allSampledSeries } from '../../model/sampled-series.ts';
import { timelineCollector } from './timelines.ts';

function collected(lines: Iterable<JournalLine>) {
  const collector = timelineCollector();
  for (const line of lines) collector.add(line);
  return collector.result();
}

describe('timelineCollector', () => {
  const cell = collected(sampleJournal('a', { seconds: 10, hz: 10, startMs: 700, reuse: false })).get('a');

  it('counts time from the beginning of the load, in seconds', () => {
    expect(cell?.loadStartMs).toBe(700);
    expect(cell?.peers.client?.t.slice(0, 3)).toEqual([0, 0.1, 0.2]);
    expect(cell?.loads.client?.t[0]).toBe(0.1);
  });

  it('gives rates per second, and 0 failures before the first', () => {
    const load = cell?.loads.client;
    expect(load?.connectedPerSec[0]).toBe(200);
    const failures = load?.failuresPerSec.EADDRNOTAVAIL ?? [];
    expect(failures).toHaveLength(load?.t.length ?? -1);
    expect([failures[0], failures.at(-1)]).toEqual([0, 200]);
  });

  it('every series is as long as its clock', () => {
    for (const { t, sampled, states } of Object.values(cell?.peers ?? {})) {
      expect(Object.keys(sampled)).toEqual(allSampledSeries.map(({ name }) => name));
      for (const series of Object.values(sampled)) expect(series).toHaveLength(t.length);
      for (const series of Object.values(states.counts)) expect(series).toHaveLength(states.t.length);
    }
    for (const { t, failuresPerSec, ...series } of Object.values(cell?.loads ?? {})) {
      for (const values of [...Object.values(series), ...Object.values(failuresPerSec)])
        expect(values).toHaveLength(t.length);
    }
  });

  it('what was not recorded is null: no latency where no connect() returned', () => {
    expect(cell?.loads.client?.connectCallP50Us.at(-1)).toBeNull();
  });

  it('a state that appears later was not read before', () => {
    const states = (t: number, counts: Record<string, number>): JournalLine => ({
      type: 'states',
      t,
      cell: 'b',
      role: 'server',
      states: counts,
      smallFinWait2: 0,
      costMs: 1,
    });
    const result = collected([
      states(0, { LISTEN: 1 }),
      states(1000, { LISTEN: 1, CLOSE_WAIT: 3 }),
      states(2000, { LISTEN: 1 }),
    ]);
    expect(result.get('b')?.peers.server?.states.counts.CLOSE_WAIT).toEqual([null, 3, null]);
  });

  it('keeps concurrent cells separate', () => {
    const a = [...sampleJournal('a', { seconds: 2 })];
    const b = [...sampleJournal('b', { seconds: 3, startMs: 9000 })];
    const mixed = collected(a.flatMap((line, i) => [line, ...(b[i] ? [b[i]] : [])]).concat(b.slice(a.length)));
    expect(mixed.get('b')?.loadStartMs).toBe(9000);
    expect(mixed.get('a')?.peers.client?.t.at(-1)).toBe(2);
    expect(mixed.get('b')?.peers.client?.t.at(-1)).toBe(3);
  });

  it('drops the attempt that the scheduler repeats', () => {
    const attempt = (startMs: number) => [...sampleJournal('a', { seconds: 1, startMs })];
    const begins = { type: 'cell', t: 0, cell: 'a', plan: samplePlan('a') } as const;
    const repeated = collected([begins, ...attempt(100), { ...begins, t: 5000 }, ...attempt(5100)]).get('a');
    const once = collected([begins, ...attempt(5100)]).get('a');
    expect(repeated).toEqual(once);
    expect(repeated?.loadStartMs).toBe(5100);
    expect(repeated?.peers.client?.t[0]).toBe(0);
  });

  it('can be read while the run is in progress', () => {
    const collector = timelineCollector();
    const lines = [...sampleJournal('a', { seconds: 2 })];
    for (const line of lines.slice(0, 10)) collector.add(line);
    const early = collector.result().get('a')?.peers.client?.t.length ?? 0;
    for (const line of lines.slice(10)) collector.add(line);
    expect(collector.result().get('a')?.peers.client?.t.length).toBeGreaterThan(early);
    expect(collector.result()).toEqual(collector.result());
  });
});
