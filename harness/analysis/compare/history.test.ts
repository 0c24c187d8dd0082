import { describe, expect, it } from 'vitest';
import { sampleReport } from '../../../test/samples/report.ts';
import { changeText, trendPage } from '../../report/html/trend-page.ts';
import { changePoints } from '../statistics/change-points.ts';
import { historyLine, readHistory, trends } from './history.ts';

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
const level = (value: number, n: number, random: () => number) =>
  Array.from({ length: n }, () => value * (0.95 + 0.1 * random()));

describe('changePoints', () => {
  it('finds a step where it is', () => {
    const random = generator(3);
    const [change, ...more] = changePoints([...level(100, 15, random), ...level(80, 12, random)]);
    expect(more).toEqual([]);
    expect(Math.abs((change?.index ?? 0) - 15)).toBeLessThanOrEqual(1);
    expect(change?.after).toBeCloseTo(80, -1);
  });

  it('finds two steps', () => {
    const random = generator(8);
    const series = [...level(100, 15, random), ...level(150, 15, random), ...level(100, 15, random)];
    expect(changePoints(series).map(({ index }) => Math.round(index / 15) * 15)).toEqual([15, 30]);
  });

  it('finds none in noise, in a constant, in one outlier and in too few values', () => {
    const random = generator(1);
    let found = 0;
    for (let i = 0; i < 30; i++) found += changePoints(level(100, 30, random)).length;
    expect(found).toBeLessThanOrEqual(1);
    expect(changePoints(new Array(30).fill(7))).toEqual([]);
    expect(changePoints([...level(100, 10, random), 500, ...level(100, 10, random)])).toEqual([]);
    expect(changePoints([1, 2, 3])).toEqual([]);
  });

  it('finds a step between constants: an exact metric', () => {
    expect(changePoints([...new Array(10).fill(0), ...new Array(10).fill(1)]).map(({ index }) => index)).toEqual([10]);
  });
});

describe('history', () => {
  const line = (day: number, rate: number) => {
    const report = sampleReport();
    report.run.id = `run-${day}`;
    report.run.startedAt = `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`;
    for (const cell of report.cells) if ('load' in cell) cell.load.rate.achieved = rate;
    return JSON.stringify(historyLine(report));
  };

  it('keeps the medians of each scenario and profile, in the order of time', () => {
    const history = readHistory(`${line(2, 90)}\n${line(1, 100)}\n`, 'h.jsonl');
    expect(history.map(({ run }) => run)).toEqual(['run-1', 'run-2']);
    const rate = trends(history).find((t) => t.metric === 'load.rate.achieved' && t.profile === 'tw-reuse-0');
    expect(rate?.points.map(({ value }) => value)).toEqual([100, 90]);
    expect(history[0]?.series.find((s) => s.profile === 'tw-recycle')).toMatchObject({
      verdict: 'skipped',
      metrics: {},
    });
  });

  it('leaves out a last line truncated by a crash, and reports any other invalid line', () => {
    expect(readHistory(`${line(1, 100)}\n{"run":`, 'h.jsonl')).toHaveLength(1);
    expect(() => readHistory(`{"run":\n${line(1, 100)}\n`, 'h.jsonl')).toThrow();
  });

  it('marks the changes on a page without a script', () => {
    const text = Array.from({ length: 20 }, (_, i) => line(i + 1, i < 10 ? 100 + i / 10 : 60 + i / 10)).join('\n');
    const all = trends(readHistory(text, 'h'));
    const page = trendPage(all, () => 'sha256-x');
    expect(page).toContain('class="change"');
    expect(page).not.toContain('<script');
    const rate = all.find((t) => t.metric === 'load.rate.achieved');
    const [change] = rate?.changes ?? [];
    if (rate === undefined || change === undefined) throw new Error('no change found');
    expect(changeText(rate, change)).toMatch(/100.5\/s → 61.5\/s \(−39 %\) since 2026-01-11, commit 0123456789/);
  });
});
