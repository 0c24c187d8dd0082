import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { machinePageBytes, pageBytesIn } from './page-size.ts';

it('finds the page size among the other entries', () => {
  const entries = [33n, 0x7ffen, 6n, 65_536n, 17n, 100n, 0n, 0n];
  expect(pageBytesIn(Buffer.from(new BigUint64Array(entries).buffer))).toBe(65_536);
  expect(pageBytesIn(Buffer.alloc(32))).toBeNull();
  expect(pageBytesIn(Buffer.alloc(7))).toBeNull();
});

it.skipIf(process.platform !== 'linux')('reads what getconf prints', () => {
  expect(machinePageBytes()).toBe(Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' })));
});
