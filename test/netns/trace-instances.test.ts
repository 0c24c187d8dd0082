import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { requireOrSkip } from '../require.ts';
import { realStacks } from './stack.ts';

realStacks();
const cli = join(import.meta.dirname, '..', '..', 'scripts', 'start.mjs');

/** The lab's tracing instances, by a mount of this process's own; `null`: this machine shows none to this user. */
async function instances(): Promise<string[] | null> {
  const script = 'mount -t tracefs tracefs /sys/kernel/tracing && ls /sys/kernel/tracing/instances';
  const { stdout, exitCode } = await execa('unshare', ['--mount', 'sh', '-c', script], { reject: false });
  return exitCode === 0 ? stdout.split('\n').filter((name) => name.startsWith('timewait-lab-')) : null;
}

function startLoad(command: string): ChildProcess {
  const out = join(mkdtempSync(join(tmpdir(), 'timewait-lab-trace-')), 'run');
  const args = ['scenario', 'short-conn', '--quick', '--profiles', 'tw-reuse-0', '--runtime', 'netns'];
  return spawn(process.execPath, [cli, ...args, '--duration', '20s', '--out', out, '--client-cmd', command], {
    stdio: 'ignore',
  });
}

it('a tracing instance goes with its run, and that of a killed run with the next clean-up', async (context) => {
  const before = await instances();
  requireOrSkip('tracefs', before === null ? 'tracefs cannot be mounted' : null, context);
  const runner = startLoad('sleep 15');
  const exited = once(runner, 'exit');
  const appeared = async () => ((await instances()) ?? []).filter((name) => before?.includes(name) === false);
  while ((await appeared()).length === 0) await sleep(100);
  const [own] = await appeared();
  runner.kill('SIGKILL');
  await exited;
  await sleep(1000);
  const { exitCode } = await execa(process.execPath, [cli, 'clean'], { reject: false });
  expect(exitCode).toBe(0);
  expect(await instances()).not.toContain(own);

  const whole = startLoad('true');
  await once(whole, 'exit');
  expect(await appeared()).toEqual([]);
});
