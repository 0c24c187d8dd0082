import { describe, expect, it } from 'vitest';
import { sampleCell, sampleReuseCell } from '../../../test/samples/report.ts';
import { sampleRunView } from '../../../test/samples/run.ts';
import { html } from '../html/html.ts';
import { cellCharts } from './cell-charts.ts';
import { pointsFor } from './chart.ts';
import { mergeLoads } from './merge-loads.ts';
import { overlayCharts } from './overlay-charts.ts';
import { thin, thinTimes } from './thin.ts';

describe('charts', () => {
  const view = sampleRunView();
  const [scenario] = view.scenarios;
  if (scenario === undefined) throw new Error('no scenario');

  it('profiles are overlaid, with the predicted plateau', () => {
    const [timeWait] = overlayCharts(scenario, 600);
    expect(timeWait?.title).toBe('TIME_WAIT sockets at client');
    expect(timeWait?.series.map((s) => s.label)).toEqual(['tw-reuse-0', 'tw-reuse-1']);
    expect(timeWait?.lines).toEqual([{ label: 'predicted plateau', y: 1000 }]);
  });

  it('the search curve has the occupancy on an axis of its own', () => {
    const tenths = [0, 50].map((fromPercent) => ({ fromPercent, calls: 9, connectCallUs: 20 + 5 * fromPercent }));
    const search = { tenths, belowHalfUs: 20, pastHalfUs: 270, ratio: 13.5 };
    const columns = scenario.columns.map((column) => ({
      ...column,
      shown: column.shown === null ? null : { ...column.shown, search },
    }));
    const curve = overlayCharts({ ...scenario, columns }, 600).find((chart) => chart.xUnit === '%');
    expect(curve?.series.map(({ label, y }) => [label, y])[0]).toEqual(['tw-reuse-0', [20, 270]]);
    expect(curve?.times[0]).toEqual([5, 55]);
    expect(curve?.group).not.toBe(scenario.id);
    expect(overlayCharts(scenario, 600).every((chart) => chart.xUnit === undefined)).toBe(true);
  });

  it('a cell has states, occupancy, rate, failures and latency, with its phases', () => {
    const [column] = scenario.columns;
    if (column === undefined) throw new Error('no column');
    const charts = cellCharts(column, 'g', 600);
    const titles = charts.map((chart) => chart.title).join('; ');
    for (const part of [
      'Sockets by state: client',
      'Port occupancy',
      'Connections per second',
      'Failures',
      'Connect latency',
    ]) {
      expect(titles).toContain(part);
    }
    expect(charts.every((chart) => chart.phases.length === 3)).toBe(true);
    const occupancy = charts.find((chart) => chart.title.startsWith('Port occupancy'));
    // 1,000 in TIME_WAIT and 5 in use, of 1,000 four-tuples.
    expect(Math.max(...(occupancy?.series[0]?.y ?? []).map((y) => y ?? 0))).toBe(100.5);
  });

  it('a page of 12 cells of 120 s at 10 Hz stays below 1 MB', () => {
    const cells = Array.from({ length: 12 }, (_, i) =>
      (i % 2 ? sampleReuseCell : sampleCell)({ id: `c${i}`, profile: `p${i}` }),
    );
    expect(html.render(sampleRunView({ cells }, 120)).length).toBeLessThan(1_000_000);
  });

  it('a page of 100 cells too', () => {
    const cells = Array.from({ length: 100 }, (_, i) =>
      sampleCell({ id: `c${i}`, profile: `p${i % 4}`, scenario: `s${i >> 2}` }),
    );
    const many = sampleRunView({ cells }, 20);
    expect(pointsFor(many)).toBe(60);
    expect(html.render(many).length).toBeLessThan(1_500_000);
  });
});

describe('thin', () => {
  it('keeps peaks and means, and gaps', () => {
    expect(thin([1, 9, 2, null, null, null, 4], 3, 'max')).toEqual([9, null, 4]);
    expect(thin([1, 2, 3, 4], 2, 'mean')).toEqual([1.5, 3.5]);
    expect(thinTimes([0, 1, 2, 3, 4], 2)).toEqual([1, 3, 4]);
  });
});

describe('mergeLoads', () => {
  it('adds rates and takes the highest latency of clients whose intervals are not aligned', () => {
    const load = (t: number[], rate: number, p99: number) => {
      const fill = (value: number) => t.map(() => value);
      return {
        t,
        connectedPerSec: fill(rate),
        answersPerSec: fill(rate),
        inFlight: fill(1),
        backlog: fill(2),
        failuresPerSec: {},
        connectCallP50Us: fill(p99 / 2),
        connectCallP99Us: fill(p99),
        connectLatencyP50Us: fill(1),
        connectLatencyP99Us: fill(1),
        requestP50Us: fill(1),
        requestP99Us: fill(1),
      };
    };
    const merged = mergeLoads([load([1, 2, 3], 100, 30), load([1.1, 2.1], 50, 90)]);
    expect(merged?.connectedPerSec).toEqual([150, 150, 150]);
    expect(merged?.backlog).toEqual([4, 4, 4]);
    expect(merged?.connectCallP99Us).toEqual([90, 90, 90]);
    expect(mergeLoads([])).toBeNull();
  });
});
