import { expect, it } from 'vitest';
import { Report } from '../../harness/model/report.ts';
import { readRunFolder } from '../../harness/run/run-reader.ts';
import { type FakeOptions, fakeRuntime } from '../../harness/runtime/fake/fake.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { runScenario } from '../run-scenario.ts';

/** short-conn through everything except a kernel: planner, scheduler, cell runner, journal, analysis. */
async function run(
  options: FakeOptions = {},
  profileNames = ['tw-reuse-0', 'tw-reuse-1', 'small-buckets', 'tw-recycle'],
) {
  const settable = new Set(['net.ipv4.tcp_tw_reuse', 'net.ipv4.tcp_max_tw_buckets', 'net.ipv4.ip_local_port_range']);
  const runtime = fakeRuntime({ ...options, settable });
  const scenario = scenarioNamed('short-conn');
  return { runtime, ...(await runScenario(runtime, scenario, { profileNames, parallel: 2 })) };
}

it('runs scenarios to the right verdicts', async () => {
  const { report, runtime } = await run();
  expect(Report.parse(report)).toBeTruthy();
  expect(report.cells.map((cell) => [cell.profile, cell.verdict])).toEqual([
    ['tw-reuse-0', 'exhausted'],
    ['tw-reuse-1', 'healthy'],
    ['small-buckets', 'overflow'],
    ['tw-recycle', 'skipped'],
  ]);
  expect(runtime.stopped.sort()).toEqual(runtime.started.sort());
  const broken = report.cells.flatMap((cell) =>
    'expectations' in cell ? cell.expectations.filter((one) => !one.holds).map((one) => one.text) : [],
  );
  expect(broken).toEqual([]);
});

it('calls a load that ends before the ports run out inconclusive, not healthy', async () => {
  const at600 = async (durationMs: number) => {
    const options = { profileNames: ['wide-range'], overrides: { rate: 600, durationMs } };
    return (await runScenario(fakeRuntime(), scenarioNamed('short-conn'), options)).report.cells[0];
  };
  expect(await at600(3000)).toMatchObject({
    verdict: 'inconclusive',
    reason: 'the load ended after 3 s; at 600/s the ports run out after 3.81 s (--duration 5s shows it)',
  });
  expect(await at600(5000)).toMatchObject({ verdict: 'exhausted' });
});

it('shows the same figures every time', async () => {
  const { report } = await run({}, ['tw-reuse-0', 'tw-reuse-1']);
  const figures = report.cells.map((cell) =>
    'ledger' in cell
      ? {
          profile: cell.profile,
          load: [cell.load.attempts, cell.load.completed, cell.load.failures],
          timeWait: cell.peers.client?.timeWait,
          predicted: [
            cell.budget?.maxRatePerSec.predicted,
            cell.budget?.timeToExhaustionMs.predicted,
            cell.budget?.plateau.predicted,
          ],
          ledger: cell.ledger.identities.map((one) => [one.name, one.left, one.right, one.holds]),
        }
      : cell.verdict,
  );
  expect(figures).toMatchSnapshot();
});

it('regenerates the same report from the journal alone', async () => {
  const { report, folder } = await run();
  expect((await readRunFolder(folder)).result().report).toEqual(report);
});

it('calls a cell whose counts do not add up invalid, however fast it was', async () => {
  const { report } = await run({ lies: 1 }, ['tw-reuse-1']);
  expect(report.cells[0]).toMatchObject({ verdict: 'invalid', reason: expect.stringContaining('PassiveOpens') });
});

it('fails the cell whose peer dies, with the cause, and runs the others', async () => {
  const { report, outcomes, runtime } = await run({ dies: 'client' }, ['tw-reuse-0', 'tw-reuse-1']);
  expect([...outcomes.values()]).toEqual(['failed', 'failed']);
  expect(report.cells[0]).toMatchObject({ verdict: 'failed', reason: expect.stringContaining('SIGKILL') });
  expect(runtime.stopped).toHaveLength(2);
});
