import { expect, it } from 'vitest';
import { cpuMsOf, processCpuMs } from './process-clock.ts';

it('reads user and system time past any name', () => {
  const stat = '7 (a) b (c)) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 99 0 0';
  expect(cpuMsOf(stat)).toBe(3000);
});

it('knows a process that is gone', () => {
  expect(processCpuMs(2 ** 22 + 1)).toBeNull();
});
