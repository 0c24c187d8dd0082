import { describe, expect, it } from 'vitest';
import { sampleCell, samplePeer } from '../../test/samples/report.ts';
import { Claim } from '../model/scenario.ts';
import { claimRows, resultOf } from './claim-rows.ts';

const opened = (variant: string, count: number) =>
  sampleCell({
    variant,
    peers: { client: samplePeer({ counters: { 'Tcp.ActiveOpens': count } }) },
  });
const claim = (over: Partial<Claim> = {}) =>
  Claim.parse({
    source: 'somebody/something 1',
    saw: '1,000 connections',
    variant: 'a',
    ours: '{client.counters.Tcp.ActiveOpens} connections',
    confirmed: 'client.counters.Tcp.ActiveOpens == 1000',
    contradicted: 'client.counters.Tcp.ActiveOpens < 10',
    why: 'there are 1,000 ports',
    ...over,
  });

describe('resultOf', () => {
  it.each([
    [1000, 'confirmed'],
    [999, 'not confirmed'],
    [9, 'contradicted'],
  ])('%i connections: %s', (count, result) => {
    expect(resultOf(claim(), [opened('a', count), opened('b', 1)])).toBe(result);
  });

  it('is decided by every repetition', () => {
    expect(resultOf(claim(), [opened('a', 1000), opened('a', 999)])).toBe('not confirmed');
  });

  it('is not measured without the cells that decide', () => {
    expect(resultOf(claim(), [opened('b', 1000)])).toBe('not measured');
    expect(resultOf(claim({ profile: 'wide-range' }), [opened('a', 1000)])).toBe('not measured');
  });

  it('compares with another variant, and confirms nothing without it', () => {
    const half = claim({ against: 'b', confirmed: 'client.counters.Tcp.ActiveOpens <= 0.5 * baseline' });
    expect(resultOf(half, [opened('a', 500), opened('b', 1000)])).toBe('confirmed');
    expect(resultOf(half, [opened('a', 501), opened('b', 1000)])).toBe('not confirmed');
    expect(resultOf(half, [opened('a', 500)])).toBe('not confirmed');
  });
});

it('fills figures of the run into the text', () => {
  const { header, rows } = claimRows({ claims: [claim(), claim({ variant: 'c' })] }, [opened('a', 1000)]);
  expect(rows.map((row) => row.length)).toEqual([header.length, header.length]);
  expect(rows.map((row) => row.slice(2, 4))).toEqual([
    ['1,000 connections', 'confirmed'],
    ['—', 'not measured'],
  ]);
  const metric = 'client.counters.Tcp.ActiveOpens';
  const both = claim({ against: 'b', ours: `{against:${metric}} → {${metric}}` });
  expect(claimRows({ claims: [both] }, [opened('b', 7), opened('a', 8)]).rows[0]?.[2]).toBe('7 → 8');
  expect(claimRows({ claims: [both] }, [opened('a', 8)]).rows[0]?.[2]).toBe('not read → 8');
});
