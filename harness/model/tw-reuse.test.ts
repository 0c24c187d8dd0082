import { expect, it } from 'vitest';
import { isLoopbackAddress, reuseActs } from './tw-reuse.ts';

it('knows loopback addresses of both families', () => {
  const loopback = ['127.0.0.1', '127.255.0.3', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1'];
  expect(loopback.filter(isLoopbackAddress)).toEqual(loopback);
  expect(['198.18.0.2', '12.7.0.0', '::2', 'fd00::127', '::ffff:198.18.0.1'].filter(isLoopbackAddress)).toEqual([]);
});

it.each([
  ['0', ['127.0.0.1'], false],
  ['1', ['198.18.0.2'], true],
  ['1', [], true],
  ['2', ['127.0.0.1', '::1'], true],
  ['2', ['127.0.0.1', '198.18.0.2'], false],
  ['2', [], false],
  [null, ['127.0.0.1'], true],
  [undefined, ['198.18.0.2'], false],
] as const)('tcp_tw_reuse=%s to %j acts: %s', (value, destinations, acts) => {
  expect(reuseActs(value, destinations)).toBe(acts);
});
