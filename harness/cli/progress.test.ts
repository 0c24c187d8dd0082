import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { runScenario } from '../../test/run-scenario.ts';
import type { CellPlan } from '../model/cell.ts';
import { plan } from '../plan/plan.ts';
import { fakeRuntime } from '../runtime/fake/fake.ts';
import { planLine, progressOn } from './progress.ts';

const planned = plan({
  scenarios: [scenarioNamed('short-conn')],
  profiles,
  profileNames: ['tw-reuse-0', 'tw-recycle'],
  repetitions: 1,
  form: 'quick',
  overrides: { sysctls: {} },
  settable: new Set(['net.ipv4.tcp_tw_reuse', 'net.ipv4.ip_local_port_range']),
});
if (!planned.ok) throw new Error('no plan');
const [runs, skipped] = planned.cells as [CellPlan, CellPlan];

it.each([
  [[runs, runs, runs, runs], 138_000, '4 cells, about 2 min 20 s, until 14:05'],
  [[runs], 3800, '1 cell, about 5 s'],
  [[runs, skipped], 71_000, '2 cells (1 skipped), about 75 s, until 14:04'],
  [[skipped], 0, '1 cell (1 skipped)'],
])('%#: announces what will run and until when: %s', (cells, expectedMs, line) => {
  expect(planLine(cells, expectedMs, new Date(2026, 0, 31, 14, 3, 5))).toBe(line);
});

/** What is printed, line by line, for a run of three cells, one of them skipped. */
async function printed(verbose: boolean): Promise<string[]> {
  const stream = new PassThrough();
  const progress = progressOn(stream as unknown as NodeJS.WriteStream, verbose);
  const profileNames = ['tw-reuse-0', 'tw-reuse-1', 'tw-recycle'];
  const settable = new Set(['net.ipv4.tcp_tw_reuse', 'net.ipv4.ip_local_port_range']);
  await runScenario(fakeRuntime({ settable }), scenarioNamed('short-conn'), {
    profileNames,
    overrides: { rate: 800, durationMs: 3000 },
    observers: [progress],
  });
  progress.stop();
  return String(stream.read()).trimEnd().split('\n');
}

it('without a terminal: prints the plan, each cell when it starts, and its verdict when it ends', async () => {
  const lines = await printed(false);
  expect(lines[0]).toBe('3 cells (1 skipped), about 10 s');
  expect(lines.filter((line) => /^[▶■]/.test(line)).sort()).toEqual(
    [
      '▶ short-conn/tw-reuse-0/1 (1 of 3)',
      '■ short-conn/tw-reuse-0/1 exhausted after 1.2 s; 1,000 TIME_WAIT, 1,400 EADDRNOTAVAIL',
      '▶ short-conn/tw-reuse-1/1 (2 of 3)',
      '■ short-conn/tw-reuse-1/1 healthy; 800 TIME_WAIT, 2,400 of 2,400 completed',
      '■ short-conn/tw-recycle/1 skipped: net.ipv4.tcp_tw_recycle was removed in Linux 4.12; no current kernel has it',
    ].sort(),
  );
});

it.each([
  [false, 2],
  [true, 4],
])('verbose %s: says how to look inside %i peers', async (verbose, peers) => {
  const lines = await printed(verbose);
  expect(lines.filter((line) => line.includes('list its sockets with'))).toHaveLength(peers);
});
