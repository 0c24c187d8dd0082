import { expect, it } from 'vitest';
import { SettledRecord } from './settled-record.ts';

const recordsOf = (gauge: readonly number[]) => {
  const record = new SettledRecord();
  return gauge.map((value) => record.isNew(value));
};

it('reports a height once, at the first reading at which it has stopped rising', () => {
  expect(recordsOf([0, 700, 700, 700, 0, 0])).toEqual([false, false, true, false, false, false]);
  expect(recordsOf([400, 700, 699])).toEqual([false, false, true]);
});

it('reports nothing that was reached before, and nothing of a gauge that only rises', () => {
  expect(recordsOf([5, 5, 3, 5, 5, 6, 6])).toEqual([false, true, false, false, false, false, true]);
  expect(recordsOf([1, 2, 3, 4])).toEqual([false, false, false, false]);
});
