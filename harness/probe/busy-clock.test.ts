import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { cpuMsOf, pidInProc, processCpuMs } from './busy-clock.ts';

it('reads user and system time past any name', () => {
  const stat = '7 (a) b (c)) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 99 0 0';
  expect(cpuMsOf(stat)).toBe(3000);
});

it('knows a process that is gone', () => {
  expect(processCpuMs(2 ** 22 + 1)).toBeNull();
});

it.skipIf(process.platform !== 'linux')('finds a child under the number that /proc gives it', async () => {
  const child = spawn('sleep', ['10']);
  expect(pidInProc(child.pid as number)).toBe(child.pid);
  expect(pidInProc(1)).toBeNull();
  child.kill();
  await once(child, 'exit');
});
