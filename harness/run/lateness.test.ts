import { expect, it } from 'vitest';
import type { JournalLine } from '../model/journal.ts';
import { Lateness } from './lateness.ts';

const cell = 'one/baseline/1';
const begin = { type: 'cell', t: 0, cell } as JournalLine;
const sample = (lateMs: number, missed = 0) => ({ type: 'sample', t: 0, cell, lateMs, missed }) as JournalLine;
const load = (p99: number) => ({ type: 'load', t: 0, cell, scheduleLagUs: { p99 } }) as JournalLine;
const loadEnd = (p99: number | null) =>
  ({ type: 'load-end', t: 0, cell, result: { scheduleLagUs: p99 === null ? null : { p99 } } }) as JournalLine;

function of(lines: readonly JournalLine[]): string | null {
  const lateness = new Lateness();
  for (const line of lines) lateness.hear(line);
  return lateness.of(cell);
}

const punctual = Array.from({ length: 18 }, () => sample(3));

it('finds nothing late in a cell that was served in time, nor in one that it never heard of', () => {
  expect(of([begin, ...punctual, sample(51), sample(20), loadEnd(100_000)])).toBeNull();
  expect(of([begin, ...punctual, loadEnd(null)])).toBeNull();
  expect(new Lateness().of('other')).toBeNull();
});

it('names late arrivals first, and counts missed samples as late', () => {
  expect(of([begin, ...punctual, loadEnd(100_001)])).toBe('one arrival in a hundred started over 100 ms late');
  expect(of([begin, ...punctual, sample(51, 2)])).toBe('3 of 21 samples were late');
});

it('judges the latest attempt alone', () => {
  expect(of([begin, sample(500, 9), loadEnd(900_000), begin, ...punctual, loadEnd(900)])).toBeNull();
});

it('knows from the last second whether a cell is late at the moment', () => {
  const isLateNow = (lines: readonly JournalLine[]) => {
    const lateness = new Lateness();
    for (const line of [begin, ...lines]) lateness.hear(line);
    return lateness.isLateNow(cell);
  };
  expect(isLateNow([])).toBe(false);
  expect(isLateNow([sample(90), ...punctual])).toBe(false);
  expect(isLateNow([...punctual, sample(90)])).toBe(false);
  expect(isLateNow([...punctual, sample(90, 1)])).toBe(true);
  expect(isLateNow([load(100_001)])).toBe(true);
  expect(isLateNow([load(100_001), load(3000)])).toBe(false);
  expect(isLateNow([load(100_001), loadEnd(100_001)])).toBe(false);
});
