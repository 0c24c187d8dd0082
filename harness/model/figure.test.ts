import { describe, expect, it } from 'vitest';
import { duration, figure, percentChange, withUnit } from './figure.ts';
import { editDistance, nearest } from './nearest.ts';

describe('figure', () => {
  it.each([
    [0, '0'],
    [1234567, '1,234,567'],
    [999.96, '1,000'],
    [83.34, '83.3'],
    [0.02, '0.02'],
    [1.05, '1.05'],
    [-12.5, '−12.5'],
    [-0.0001, '0'],
    [100, '100'],
    [1000.4, '1,000'],
  ])('%d is %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });

  it('chooses readable units', () => {
    expect(withUnit(470.23, '/s')).toBe('470.2/s');
    expect(withUnit(27, 'us')).toBe('27 µs');
    expect(withUnit(1850, 'us')).toBe('1.85 ms');
    expect(duration(640)).toBe('640 ms');
    expect(duration(26_100)).toBe('26.1 s');
    expect(duration(302_000)).toBe('5 min 2 s');
    expect(duration(0)).toBe('0 s');
  });

  it('gives changes with a sign, and none from 0', () => {
    expect(percentChange(-31.8)).toBe('−32 %');
    expect(percentChange(4.12)).toBe('+4.1 %');
    expect(percentChange(0.01)).toBe('0 %');
    expect(percentChange(null)).toBe('from 0');
  });
});

describe('nearest', () => {
  it('counts edits, a swap of neighbours as one', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('peak', 'paek')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
  });

  it('suggests nothing that is far off', () => {
    expect(nearest('verdcit', ['verdict', 'load.rate.achieved'])).toEqual(['verdict']);
    expect(nearest('xyz', ['verdict', 'load.rate.achieved'])).toEqual([]);
  });
});
