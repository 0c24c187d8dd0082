import { expect, it, vi } from 'vitest';
import { closeRuntime } from '../../harness/runtime/close-runtime.ts';
import { fakeRuntime } from '../../harness/runtime/fake/fake.ts';
import type { Runtime } from '../../harness/runtime/runtime.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { runScenario } from '../run-scenario.ts';

/** A runtime that cannot give back the subnets that it took for a run. */
function holding(): Runtime {
  const release = () => Promise.reject(new Error('the daemon is gone'));
  return { ...fakeRuntime(), claimSubnets: async () => ({ first: 0, count: 64, release }) };
}

it('a run keeps its result if its subnets cannot be released, and says so', async () => {
  const onWarning = vi.fn();
  const { report } = await runScenario(holding(), scenarioNamed('short-conn'), {
    profileNames: ['tw-reuse-1'],
    observers: [{ onWarning }],
  });
  expect(report.cells.map((cell) => cell.verdict)).toEqual(['healthy']);
  expect(onWarning.mock.calls).toEqual([["the run's subnets were not released: the daemon is gone"]]);
});

it('a run keeps its own error, too', async () => {
  const runtime = { ...holding(), settableSysctls: () => Promise.reject(new Error('no kernel')) };
  const running = runScenario(runtime, scenarioNamed('short-conn'), { profileNames: ['tw-reuse-1'] });
  await expect(running).rejects.toThrow('no kernel');
});

it('a runtime that cannot be closed is a line and no error', async () => {
  const said: string[] = [];
  const runtime = { ...fakeRuntime(), close: () => Promise.reject(new Error('no answer')) };
  await closeRuntime(runtime, (line) => said.push(line));
  expect(said).toEqual(['the runtime fake was not closed: no answer']);
});
