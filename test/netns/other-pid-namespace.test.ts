import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { removeLeftovers } from '../../harness/runtime/netns/leftovers.ts';
import { cli, realStacks } from './stack.ts';

realStacks();

/** Agents whose command line contains `text`, as this pid namespace sees them. */
function agentsOf(text: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return argv.includes('/agent.cjs\0') && environment.includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

it('cleaning up leaves a live run of another pid namespace alone, as of a container', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('needs root');
  const folder = mkdtempSync(join(tmpdir(), 'other-pids-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const args = [
    'scenario',
    'short-conn',
    '--quick',
    '--duration',
    '4s',
    '--profiles',
    'tw-reuse-1',
    '--runtime',
    'netns',
  ];
  const lab = spawn(
    'unshare',
    [
      '--pid',
      '--fork',
      '--kill-child=KILL',
      '--mount-proc',
      process.execPath,
      cli,
      ...args,
      '--out',
      join(folder, 'out'),
    ],
    { stdio: 'ignore', env: { ...process.env, TIMEWAIT_LAB_CASE: folder } },
  );
  onTestFinished(() => void lab.kill('SIGKILL'));
  const ended = once(lab, 'exit');
  await vi.waitFor(() => expect(agentsOf(folder).length).toBeGreaterThanOrEqual(2), 20_000);
  const agents = agentsOf(folder);
  const { removed, left } = await removeLeftovers();
  expect([...removed, ...left].filter((line) => agents.some((pid) => line.includes(`agent ${pid} `)))).toEqual([]);
  expect(await ended).toEqual([0, null]);
});
