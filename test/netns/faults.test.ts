import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JournalLine } from '../../harness/model/journal.ts';
import { childrenOf } from '../../harness/probe/process-tree.ts';
import { LabProcess, type Peer } from './lab-process.ts';
import { realStacks } from './stack.ts';

realStacks();

const two = ['short-conn', '--quick', '--duration', '3s', '--profiles', 'tw-reuse-0,tw-reuse-1', '--parallel', '2'];

describe('an agent', () => {
  it.each([
    ['SIGSTOP', /has not answered for 4 s/],
    ['SIGKILL', /its process was ended by SIGKILL$/],
  ] as const)('that gets %s fails its cell with the cause; the other one is measured; exit code 4', async (signal, cause) => {
    const lab = new LabProcess([...two, '--json']);
    const { pid } = await lab.underLoad('client', 'tw-reuse-0');
    process.kill(pid as number, signal);
    expect(await lab.end()).toBe(4);
    expect(lab.cells()).toMatchObject([
      { profile: 'tw-reuse-0', verdict: 'failed', reason: expect.stringMatching(cause) },
      { profile: 'tw-reuse-1', verdict: 'healthy' },
    ]);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(lab.stderr).not.toMatch(/\n +at /);
  });
});

it('a program that ignores SIGTERM is ended, and its cell is measured', async () => {
  const command = `sh -c "trap '' TERM; while :; do sleep 0.1; done" {url}`;
  const lab = new LabProcess([
    ...['short-conn', '--quick', '--duration', '1s', '--profiles', 'tw-reuse-0', '--json'],
    ...['--client-cmd', command, '--no-fail'],
  ]);
  await lab.end();
  const end = lab.lines().find((line) => line.type === 'program' && line.event.is === 'end');
  expect(end).toMatchObject({ event: { signal: 'SIGKILL', isOurs: true } });
  const [begun, ended] = ['engine', 'load-end'].map((type) => lab.lines().find((line) => line.type === type));
  // Its load of 1 s, the grace of a program, and less than the 5 s of the watchdog.
  expect((ended as { t: number }).t - (begun as { t: number }).t).toBeLessThan(6000);
});

it('a server that is killed fails its cell with the cause; exit code 4', async (context) => {
  const lab = new LabProcess(['redis-ping', '--quick', '--json']);
  const found = await Promise.race([
    lab.line((line): line is Peer => line.type === 'peer' && line.role === 'server'),
    lab.end().then(() => null),
  ]);
  if (found === null) return context.skip('netns: redis-server is not installed');
  await lab.line((line): line is Extract<JournalLine, { type: 'load' }> => line.type === 'load');
  const [redis] = childrenOf(found.pid as number).filter((pid) => {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('redis-server');
  });
  process.kill(redis as number, 'SIGKILL');
  expect(await lab.end()).toBe(4);
  expect(lab.cells()[0]).toMatchObject({
    verdict: 'failed',
    reason: expect.stringMatching(/redis was ended by SIGKILL/),
  });
});

describe('the folder of a run', () => {
  it('on a full disk: what was measured is on the terminal, the message is clear, exit code 4', async () => {
    const disk = mkdtempSync(join(tmpdir(), 'disk-'));
    // In a mount namespace of its own: the machine's mounts stay as they are.
    const mount = `mount -t tmpfs -o size=300k tmpfs ${disk} && exec "$@"`;
    const lab = new LabProcess(
      ['short-conn', '--quick', '--duration', '20s', '--profiles', 'tw-reuse-0'],
      ['unshare', '--mount', 'sh', '-c', mount, 'sh'],
      disk,
    );
    expect(await lab.end()).toBe(4);
    expect(lab.stderr).toContain('cannot be written any more: ENOSPC');
    expect(lab.stderr).toContain('hint: free some space');
    expect(lab.stderr).not.toMatch(/\n +at /);
    expect(lab.stdout).toMatch(/tw-reuse-0/);
    rmSync(disk, { recursive: true });
  });

  it('that is removed while it runs: a clear message, exit code 4', async () => {
    const lab = new LabProcess(['short-conn', '--quick', '--duration', '2s', '--profiles', 'tw-reuse-0']);
    await lab.underLoad('client', 'tw-reuse-0');
    rmSync(lab.folder, { recursive: true });
    expect(await lab.end()).toBe(4);
    expect(lab.stderr).toContain('its journal cannot be read back');
    expect(lab.stderr).not.toMatch(/\n +at /);
  });
});

it('leaves no temporary folder of a run that has ended', () => {
  const runs = readdirSync(tmpdir()).filter((name) => name.startsWith('timewait-lab-run-'));
  expect(runs.filter((name) => !existsSync(`/proc/${name.split('-').at(-2)}`))).toEqual([]);
});
