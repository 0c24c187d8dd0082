import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { execa } from 'execa';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import type { JournalLine } from '../../harness/model/journal.ts';
import { type CellReport, isMeasured, type MeasuredCell, type Report } from '../../harness/model/report.ts';
import { readClientImage, withClientImage } from '../../harness/plan/client-image.ts';
import { withServerImage } from '../../harness/plan/server-image.ts';
import { label } from '../../harness/runtime/docker/ownership.ts';
import { netnsRuntime } from '../../harness/runtime/netns/netns.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { runScenario } from '../run-scenario.ts';
import { cutOffSocket } from './cut-off-socket.ts';
import { cli, leftIn, realDaemon, root, until } from './daemon.ts';

const { runtime, docker, api, image } = realDaemon();

function measured(cell: CellReport | undefined): MeasuredCell {
  if (cell === undefined || !isMeasured(cell)) throw new Error(`not measured: ${JSON.stringify(cell)}`);
  return cell;
}

const brokenExpectations = (cell: MeasuredCell) =>
  cell.expectations.filter((one) => !one.holds).map((one) => `${one.text}: ${one.observed}`);

/** Runs the command line on this daemon, in its own folder; `report` is set when it has ended. */
function scenarioCommand(args: string[], env: Record<string, string> = {}) {
  const out = join(mkdtempSync(join(tmpdir(), 'timewait-lab-')), 'run');
  const process = execa('node', [cli, 'scenario', ...args, '--out', out], { cwd: root, reject: false, env });
  const lines = () => readFileSync(join(out, 'journal.ndjson'), 'utf8').trim().split('\n');
  const subnets = () =>
    lines()
      .map((text) => JSON.parse(text) as JournalLine)
      .flatMap((line) => (line.type === 'cell' ? line.plan.links.map((link) => link.subnet) : []));
  return { process, subnets, report: () => JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report };
}

const containerOf = (cell: string, role: string) =>
  docker().listContainers({ filters: { label: [`${label.cell}=${cell}`, `${label.role}=${role}`] } });

it('short-conn: the same verdicts and budgets as in namespaces, rates within 25 %', async (context) => {
  const netns = netnsRuntime({ agentFile: join(root, 'dist', 'agent.cjs') });
  if (!(await netns.availability()).available) context.skip('no network namespaces to compare with');
  const profileNames = ['tw-reuse-0', 'tw-reuse-1'];
  const runs = [];
  for (const each of [runtime, netns]) {
    runs.push(await runScenario(each, scenarioNamed('short-conn'), { profileNames }));
  }
  await netns.close();
  const [inDocker, inNetns] = runs.map((run) => run.report.cells.map(measured)) as [MeasuredCell[], MeasuredCell[]];
  for (const [index, cell] of inDocker.entries()) {
    const other = inNetns[index] as MeasuredCell;
    expect(cell.verdict).toBe(other.verdict);
    // Docker's resolver listens on a port of its own, which may be one of the range.
    const perPort = ({ budget }: MeasuredCell) => [
      budget?.timeToExhaustionMs.predicted == null ? null : budget.timeToExhaustionMs.predicted / budget.ports,
      (budget?.maxRatePerSec.predicted ?? 0) / (budget?.ports ?? 1),
    ];
    for (const [at, value] of perPort(cell).entries()) {
      const expected = perPort(other)[at];
      if (value === null || expected == null) expect(value).toBe(expected);
      else expect(value).toBeCloseTo(expected, 6);
    }
    expect(Math.abs(cell.load.rate.achieved / other.load.rate.achieved - 1)).toBeLessThanOrEqual(0.25);
    expect(cell.ledger.closes).toBe(true);
    expect(brokenExpectations(cell)).toEqual([]);
  }
  expect(await leftIn(docker())).toEqual([]);
});

describe('a run from the command line', () => {
  const args = ['short-conn', '--quick', '--profiles', 'tw-reuse-0,tw-reuse-1', '--runtime', 'docker'];

  it('continues after docker kill, says why the cell failed, and ends with exit code 4', async () => {
    const { process, report } = scenarioCommand(args);
    const cell = 'short-conn/tw-reuse-0/1';
    await until('the client runs', async () => (await containerOf(cell, 'client')).length > 0, 20_000);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const [client] = await containerOf(cell, 'client');
    await docker()
      .getContainer(client?.Id ?? '')
      .kill();
    expect((await process).exitCode).toBe(4);
    const [killed, other] = report().cells;
    expect(killed).toMatchObject({ verdict: 'failed', reason: expect.stringMatching(/client.*killed/) });
    expect(measured(other).verdict).not.toBe('exhausted');
    expect(await leftIn(docker())).toEqual([]);
  });

  it('ends with exit code 4 and does not hang if the daemon stops', async () => {
    const { endpoint } = api();
    if (endpoint.kind !== 'socket') return;
    const socket = await cutOffSocket(endpoint.path);
    const { process, report } = scenarioCommand([...args, '--parallel', '1'], { DOCKER_HOST: socket.address });
    const cell = 'short-conn/tw-reuse-0/1';
    await until('the client runs', async () => (await containerOf(cell, 'client')).length > 0, 20_000);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    socket.cut();
    const cutAt = performance.now();
    expect((await process).exitCode).toBe(4);
    expect(performance.now() - cutAt).toBeLessThan(10_000);
    expect(report().cells.map((one) => one.verdict)).toEqual(['failed', 'failed']);
    // The runner could not remove anything: the agents ended with their streams and the daemon removed their
    // containers;
    // networks are removed at the next start.
    const ofCell = { all: true, filters: { label: [`${label.cell}=${cell}`] } };
    await until('the containers are removed', async () => (await docker().listContainers(ofCell)).length === 0);
    // The link's network, and the one that reserves the run's subnets.
    const network = expect.stringMatching(/^network /);
    expect(await runtime.removeLeftovers()).toEqual({ removed: [network, network], left: [] });
    expect(await leftIn(docker())).toEqual([]);
  });

  it('leaves behind after SIGKILL only what the next start removes', async () => {
    const { process } = scenarioCommand(args);
    await until(
      'a client runs',
      async () => (await containerOf('short-conn/tw-reuse-0/1', 'client')).length > 0,
      20_000,
    );
    expect(await runtime.removeLeftovers()).toEqual({ removed: [], left: [] });
    process.kill('SIGKILL');
    await process;
    await until('leftovers are gone', async () => {
      await runtime.removeLeftovers();
      return (await leftIn(docker())).length === 0;
    });
  });

  it('skips what the kernel lacks', async () => {
    const { process, report } = scenarioCommand([
      ...args.slice(0, 2),
      '--profiles',
      'tw-recycle',
      '--runtime',
      'docker',
    ]);
    await process;
    expect(report().cells[0]).toMatchObject({ verdict: 'skipped' });
  });
});

it('client-libraries: the clients of the image make the same exact counts', async () => {
  const { report } = await runScenario(runtime, scenarioNamed('client-libraries'), { parallel: 'auto' });
  for (const cell of report.cells.map(measured)) {
    expect([cell.variant, cell.ledger.closes, brokenExpectations(cell)]).toEqual([cell.variant, true, []]);
  }
});

it('two simultaneous runs on one daemon have separate subnets', async () => {
  const args = ['short-conn', '--quick', '--profiles', 'tw-reuse-1', '--runtime', 'docker', '--duration', '1s'];
  const runs = [scenarioCommand(args), scenarioCommand(args)];
  await Promise.all(runs.map((run) => run.process));
  for (const run of runs) expect(measured(run.report().cells[0]).ledger.closes).toBe(true);
  const subnets = runs.flatMap((run) => run.subnets());
  expect(new Set(subnets).size).toBe(runs.length);
  expect(await leftIn(docker())).toEqual([]);
});

it('auto takes network namespaces where they can be made, though the images are built', async () => {
  const { process } = scenarioCommand(['short-conn', '--quick', '--profiles', 'tw-reuse-1', '--duration', '500ms']);
  expect((await process).stderr).toMatch(/^runtime netns: /m);
});

it('tests a third-party image', async () => {
  const tar = pack();
  const server = "require('node:http').createServer((q, a) => a.end(process.env.WORD)).listen(9090)";
  tar.entry({ name: 'Dockerfile' }, `FROM ${image()}\nCMD ${JSON.stringify(['node', '-e', server])}\n`);
  tar.finalize();
  const reference = 'timewait-lab-test/third-party:1';
  const stream = await docker().buildImage(Readable.from(tar), { t: reference });
  await new Promise((resolve) => docker().modem.followProgress(stream, resolve));
  try {
    const scenario = withServerImage(scenarioNamed('short-conn'), { reference, port: 9090, env: { WORD: 'hello' } });
    const { report } = await runScenario(runtime, scenario, { profileNames: ['tw-reuse-1'] });
    const cell = measured(report.cells[0]);
    expect(cell.load.answers).toBeGreaterThan(1000);
    expect(cell.ledger.closes).toBe(true);
    expect(cell.peers.server?.servers[0]?.server).toBe('image');
  } finally {
    await docker().getImage(reference).remove({ force: true });
  }
  expect(await leftIn(docker())).toEqual([]);
});

it('wrk-tomcat: real Tomcat, real wrk, sockets and conntrack on both sides', async () => {
  const { report } = await runScenario(runtime, scenarioNamed('wrk-tomcat'), {
    profileNames: ['tw-reuse-0'],
    overrides: { durationMs: 5000 },
  });
  const cell = measured(report.cells[0]);
  expect(brokenExpectations(cell)).toEqual([]);
  expect(cell.ledger.closes).toBe(true);
  expect(cell.peers.server?.servers[0]).toMatchObject({
    server: 'tomcat',
    version: expect.stringContaining('Tomcat/10'),
  });
  for (const role of ['client', 'server']) expect(cell.peers[role]?.conntrack?.timeWaitPeak).toBeGreaterThan(0);
  expect(cell.load).toMatchObject({ engine: 'wrk', engineVersion: expect.stringMatching(/^4\./) });
  expect(cell.explanation.join('\n')).toMatch(/\/ 100 requests per connection/);
});

describe('other images', () => {
  it('redis-ping: a real Redis, and ports that run out', async () => {
    const { report } = await runScenario(runtime, scenarioNamed('redis-ping'), {});
    const cells = report.cells.map(measured);
    expect(cells.map((cell) => cell.verdict)).toEqual(['exhausted', 'healthy', 'healthy']);
    expect(cells.flatMap(brokenExpectations)).toEqual([]);
    for (const cell of cells) {
      expect(cell.ledger.closes).toBe(true);
      expect(cell.peers.server?.servers[0]).toMatchObject({
        server: 'redis',
        version: expect.stringMatching(/^redis \d/),
      });
    }
    expect(await leftIn(docker())).toEqual([]);
  });

  it('lb-chain, plan A: nginx, Go and MariaDB, each in its image', async () => {
    const { variants, ...chain } = scenarioNamed('lb-chain');
    const planA = { 'a-lb-closes': variants?.['a-lb-closes'] ?? {} };
    const { report } = await runScenario(runtime, { ...chain, variants: planA }, {});
    const cells = report.cells.map(measured);
    expect(cells.map((cell) => cell.verdict)).toEqual(['exhausted', 'healthy']);
    expect(cells.flatMap(brokenExpectations)).toEqual([]);
    for (const { ledger, peers } of cells) {
      expect(ledger.closes).toBe(true);
      const servers = Object.values(peers).flatMap((peer) => peer.servers.map((one) => one.server));
      expect(servers.sort()).toEqual(['go-http', 'go-http', 'mariadb', 'nginx']);
    }
    expect(await leftIn(docker())).toEqual([]);
  });
});

it('runs a client image, and counts its connections with kernel counters', async () => {
  // wrk from the lab's own image, as a program that knows nothing about the lab.
  const { value } = readClientImage({
    image: image(),
    args: ['wrk', '-t1', '-c10', '-d1', '-H', 'Connection: close', '{url}'],
    env: [],
  });
  const scenario = withClientImage(scenarioNamed('server-close'), value);
  const { report } = await runScenario(runtime, scenario, { profileNames: ['tw-reuse-0'] });
  const cell = measured(report.cells[0]);
  expect(cell.ledger.closes).toBe(true);
  expect(cell.load.attempts).toBeGreaterThan(100);
  expect(cell.load.attempts).toBe(cell.peers.client?.counters['Tcp.ActiveOpens']);
  expect(cell.load.durationMs).toBeLessThan(2900);
  expect(cell.load.blindSpots.length).toBeGreaterThan(0);
});

it('fails the cell whose client image fails, with its stderr', async () => {
  const { value } = readClientImage({ image: image(), args: ['sh', '-c', 'echo no such host >&2; exit 3'], env: [] });
  const scenario = withClientImage(scenarioNamed('server-close'), value);
  const { report } = await runScenario(runtime, scenario, { profileNames: ['tw-reuse-0'] });
  expect(report.cells[0]).toMatchObject({ verdict: 'failed', reason: expect.stringMatching(/code 3.*no such host/) });
});
