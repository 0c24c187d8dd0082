import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { AgentClient } from '../harness/run/agent-client.ts';
import { keep, median, planBed, runtime } from './bed-parts.ts';

/* Start-up: from the Enter key to the list, to a pair of stacks, to the first verdict. */

const rounds = 9;

async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function repeated(work: () => Promise<unknown>, times = rounds): Promise<number[]> {
  const all: number[] = [];
  for (let round = 0; round < times; round++) all.push(await timeMs(work));
  return all;
}

/** Times of one pair: stacks and links, then agents answering, then everything gone. */
async function pair(): Promise<{ setupMs: number; readyMs: number; teardownMs: number }> {
  const startedAt = performance.now();
  const testbed = await runtime.start(planBed({}), { runId: 'bench', signal: new AbortController().signal });
  const agents = testbed.peers.map((peer) => new AgentClient(peer, () => {}));
  await Promise.all(agents.map((agent) => agent.ready()));
  const readyMs = performance.now() - startedAt;
  for (const agent of agents) agent.expectEnd();
  const teardownMs = await timeMs(() => testbed.stop());
  return { setupMs: testbed.setupMs, readyMs, teardownMs };
}

export default async function run(): Promise<void> {
  const node = await repeated(() => execa(process.execPath, ['-e', '0']));
  const list = await repeated(() => execa(process.execPath, ['scripts/start.mjs', 'scenario', '--list']));
  const npm = await repeated(() => execa('npm', ['run', '-s', 'scenario', '--', '--list']), 5);
  const pairs: Awaited<ReturnType<typeof pair>>[] = [];
  for (let round = 0; round < rounds; round++) pairs.push(await pair());
  const verdict = await repeated(() => {
    const out = join(mkdtempSync(join(tmpdir(), 'timewait-lab-bench-')), 'run');
    const words = ['scripts/start.mjs', 'scenario', 'short-conn', '--quick', '--profiles', 'tw-reuse-0', '--out', out];
    return execa(process.execPath, words, { reject: false });
  }, 3);
  const row = (what: string, values: number[], target: string) => [
    what,
    median(values).toFixed(0),
    Math.min(...values).toFixed(0),
    Math.max(...values).toFixed(0),
    target,
  ];
  keep(
    'startup',
    ['what', 'median ms', 'min', 'max', 'target ms'],
    [
      row('node -e 0, the floor', node, ''),
      row('--list', list, '300'),
      row('--list through npm', npm, ''),
      row(
        'netns pair: stacks and links up',
        pairs.map((one) => one.setupMs),
        '100',
      ),
      row(
        'netns pair: agents answer too',
        pairs.map((one) => one.readyMs),
        '',
      ),
      row(
        'netns pair: stacks up and all gone',
        pairs.map((one) => one.setupMs + one.teardownMs),
        '150',
      ),
      row('first verdict of short-conn --quick', verdict, '5000'),
    ],
    { node, list, npm, pairs, verdict },
  );
}
