import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { CellPlan } from '../harness/model/cell.ts';
import { AgentClient } from '../harness/run/agent-client.ts';
import { dockerRuntime } from '../harness/runtime/docker/docker.ts';
import type { Runtime } from '../harness/runtime/runtime.ts';
import { keep, median, runtime as netns, planBed } from './bed-parts.ts';

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

interface PairTimes {
  setupMs: number;
  readyMs: number;
  teardownMs: number;
}

/** Times of one pair: stacks and links, then agents answering, then everything gone. */
async function pair(runtime: Runtime, plan: CellPlan): Promise<PairTimes> {
  const startedAt = performance.now();
  const testbed = await runtime.start(plan, { runId: 'bench', signal: new AbortController().signal });
  const agents = testbed.peers.map((peer) => new AgentClient(peer));
  await Promise.all(agents.map((agent) => agent.ready()));
  const readyMs = performance.now() - startedAt;
  for (const agent of agents) agent.expectEnd();
  const teardownMs = await timeMs(() => testbed.stop());
  return { setupMs: testbed.setupMs, readyMs, teardownMs };
}

/** Pairs of containers; none where no daemon with the lab's images answers. */
async function dockerPairs(): Promise<PairTimes[]> {
  const docker = dockerRuntime();
  const { available, preparation } = await docker.availability();
  if (!available || preparation !== undefined) return [];
  const claim = await docker.claimSubnets?.('bench');
  const pairs: PairTimes[] = [];
  try {
    for (let round = 0; round < 5; round++) pairs.push(await pair(docker, planBed({}, undefined, claim)));
  } finally {
    await claim?.release();
  }
  return pairs;
}

export default async function run(): Promise<void> {
  const node = await repeated(() => execa(process.execPath, ['-e', '0']));
  const list = await repeated(() => execa(process.execPath, ['scripts/start.mjs', 'scenario', '--list']));
  const npm = await repeated(() => execa('npm', ['run', '-s', 'scenario', '--', '--list']), 5);
  const pairs: PairTimes[] = [];
  for (let round = 0; round < rounds; round++) pairs.push(await pair(netns, planBed({})));
  const containers = await dockerPairs();
  const verdict = (runtime: string) =>
    repeated(() => {
      const out = join(mkdtempSync(join(tmpdir(), 'timewait-lab-bench-')), 'run');
      const words = ['scripts/start.mjs', 'scenario', 'short-conn', '--quick', '--profiles', 'tw-reuse-0'];
      return execa(process.execPath, [...words, '--runtime', runtime, '--out', out], { reject: false });
    }, 3);
  const inNetns = await verdict('netns');
  const inDocker = containers.length === 0 ? [] : await verdict('docker');
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
      ...(containers.length === 0
        ? []
        : [
            row(
              'Docker pair: agents answer',
              containers.map((one) => one.readyMs),
              '1500',
            ),
            row(
              'Docker pair: all gone after',
              containers.map((one) => one.teardownMs),
              '',
            ),
          ]),
      row('first verdict of short-conn --quick, netns', inNetns, '5000'),
      ...(inDocker.length === 0 ? [] : [row('first verdict of short-conn --quick, Docker', inDocker, '5000')]),
    ],
    { node, list, npm, pairs, containers, inNetns, inDocker },
  );
}
