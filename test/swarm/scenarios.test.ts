import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { type CellReport, isMeasured, type MeasuredCell, type Report } from '../../harness/model/report.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { cutOffSocket } from '../docker/cut-off-socket.ts';
import { until } from '../docker/daemon.ts';
import { runScenario } from '../run-scenario.ts';
import { leftOn, realFleet } from './fleet.ts';

const { runtime, hosts } = realFleet();
const root = join(import.meta.dirname, '..', '..');
const cli = join(root, 'dist', 'cli.mjs');

function measured(cell: CellReport | undefined): MeasuredCell {
  if (cell === undefined || !isMeasured(cell)) throw new Error(`not measured: ${JSON.stringify(cell)}`);
  return cell;
}

/** A swarm removes a network on its hosts a moment after its manager did. */
async function expectNothingLeft(): Promise<void> {
  await until('nothing is left on any host', async () => (await leftOn(hosts)).length === 0, 10_000);
}

const broken = (cell: MeasuredCell) =>
  cell.expectations.filter((one) => !one.holds).map((one) => `${one.text}: ${one.observed}`);

it.each([
  ['short-conn', ['tw-reuse-0', 'tw-reuse-1'], ['exhausted', 'healthy']],
  ['keep-alive', ['tw-reuse-0'], ['healthy']],
  ['server-close', ['tw-reuse-0'], ['healthy']],
])('%s has the verdicts of one machine, and every count balances across hosts', async (name, profileNames, verdicts) => {
  const { report } = await runScenario(runtime, { ...scenarioNamed(name), variants: undefined } as never, {
    profileNames,
  });
  const cells = report.cells.map(measured);
  expect(cells.map((cell) => cell.verdict)).toEqual(verdicts);
  for (const cell of cells) {
    expect(cell.ledger.closes).toBe(true);
    expect(broken(cell)).toEqual([]);
    expect(cell.peers.client?.host?.name).toBe(hosts[1]?.name);
    expect(cell.peers.server?.host?.name).toBe(hosts[0]?.name);
    expect(cell.peers.client?.clock?.uncertaintyMs).toBeGreaterThan(0);
  }
  await expectNothingLeft();
});

it('reaches further addresses of a server on another host', async () => {
  const scenario = scenarioNamed('more-destinations');
  const only = { ...scenario, variants: { 'addresses-2': scenario.variants?.['addresses-2'] ?? {} } };
  const { report } = await runScenario(runtime, only, { profileNames: ['narrow-range'] });
  const cell = measured(report.cells[0]);
  expect(cell.verdict).toBe('exhausted');
  expect(cell.budget?.destinations).toBe(2);
  expect(cell.ledger.closes).toBe(true);
  expect(broken(cell)).toEqual([]);
});

describe('a run from the command line', () => {
  const run = (args: string[], env: Record<string, string> = {}) => {
    const out = join(mkdtempSync(join(tmpdir(), 'timewait-lab-')), 'run');
    const child = execa('node', [cli, ...args, '--out', out], { cwd: root, reject: false, env });
    return { child, report: () => JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report };
  };
  /** Resolves when both peers run and the load has begun. */
  const loaded = async (child: ReturnType<typeof run>['child']) => {
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await until('both peers run', async () => (text.match(/list its sockets/g) ?? []).length === 2, 60_000);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  };
  const quick = ['scenario', 'short-conn', '--quick', '--profiles', 'tw-reuse-1', '--runtime', 'swarm'];

  it('fails the cell with the name of a host whose daemon goes away, and ends with exit code 4', async () => {
    const [first, second] = hosts as unknown as [{ address: string }, { address: string }];
    const proxy = await cutOffSocket(second.address.replace('unix://', ''));
    const { child, report } = run([...quick, '--hosts', `a=${first.address},b=${proxy.address}`]);
    await loaded(child);
    proxy.cut();
    expect((await child).exitCode).toBe(4);
    expect(report().cells[0]).toMatchObject({ verdict: 'failed', reason: expect.stringMatching(/host b/) });
    const clean = await execa('node', [cli, 'clean'], { cwd: root, reject: false });
    expect(clean.exitCode).toBe(0);
    await expectNothingLeft();
  });

  it('leaves nothing after SIGKILL and the next clean', async () => {
    const { child } = run(quick);
    await loaded(child);
    child.kill('SIGKILL');
    await child;
    const clean = await execa('node', [cli, 'clean'], { cwd: root, reject: false });
    expect(clean.exitCode).toBe(0);
    expect(clean.stdout).toMatch(/on host/);
    await expectNothingLeft();
  });

  it('names a host that does not answer, and ends with exit code 3', async () => {
    const { child } = run([...quick, '--hosts', `a=${hosts[0]?.address},b=unix:///nowhere/docker.sock`]);
    const { exitCode, stderr } = await child;
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/not every host answers: b: /);
  });

  it('reports wrong hosts and places at once, and starts nothing', async () => {
    const { child } = run([...quick, '--hosts', 'a=tcp://10.0.0.1:2375,a=x', '--place', 'client=z']);
    const { exitCode, stderr } = await child;
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/named twice/);
    expect(stderr).toMatch(/no TLS/);
    expect(stderr).toMatch(/no host 'z'/);
  });
});
