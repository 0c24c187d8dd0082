import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, vi } from 'vitest';
import { busiestThreadCpu, cpuMsOf, cpuWithChildrenMsOf, mostGained, treeCpu } from './busy-clock.ts';
import { pidInProc } from './process-tree.ts';

it('reads user and system time after any process name', () => {
  const stat = '7 (a) b (c)) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 99 0 0';
  expect(cpuMsOf(stat)).toBe(3000);
  const waited = '7 (a) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 20 10 20 0 1 0 99 0 0';
  expect(cpuWithChildrenMsOf(waited)).toBe(3300);
});

it.skipIf(process.platform !== 'linux')(
  'counts the CPU time of grandchildren, including those that have ended',
  async () => {
    const spin = (ms: number) => `const end = performance.now() + ${ms}; while (performance.now() < end);`;
    const child = spawn(
      'sh',
      ['-c', `${process.execPath} -e '${spin(300)}'; ${process.execPath} -e '${spin(60_000)}'`],
      {
        detached: true,
      },
    );
    const read = treeCpu(child.pid);
    await vi.waitFor(() => expect(read()).toBeGreaterThan(500), 20_000);
    process.kill(-(child.pid as number), 'SIGKILL');
    await once(child, 'exit');
    expect(read()).toBeNull();
  },
);

it.skipIf(process.platform !== 'linux')('finds a child under its pid in /proc', async () => {
  const child = spawn('sleep', ['10']);
  expect(pidInProc(child.pid as number)).toBe(child.pid);
  expect(pidInProc(1)).toBeNull();
  child.kill();
  await once(child, 'exit');
});

it('finds the thread that gained most, even a new one', () => {
  const before = new Map([
    ['1', 5000],
    ['2', 100],
    ['3', 800],
  ]);
  expect(mostGained(before, new Map([...before, ['2', 350]]))).toBe(250);
  expect(mostGained(before, new Map([...before, ['4', 400]]))).toBe(400);
  expect(mostGained(before, new Map([['1', 5000]]))).toBe(0);
});

it.skipIf(process.platform !== 'linux')('reads the busiest thread of a child until it ends', async () => {
  const child = spawn(process.execPath, ['-e', 'for (;;);']);
  const read = busiestThreadCpu(child.pid);
  await vi.waitFor(() => expect(read()).toBeGreaterThan(0), 5000);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(read()).toBeNull();
});
