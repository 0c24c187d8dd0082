import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { linearRegression } from 'simple-statistics';
import { isMeasured, type MeasuredCell } from '../harness/model/report.ts';
import { Scenario } from '../harness/model/scenario.ts';
import { html } from '../harness/report/html/html.ts';
import { readRunFolder } from '../harness/run/run-reader.ts';
import { scenarioNamed } from '../scenarios/registry.ts';
import { runScenario } from '../test/run-scenario.ts';
import { keep, runtime } from './bed-parts.ts';

/*
 * What one machine holds, and how the cost of a cell grows with the number of cells, samples and sockets.
 * Everything runs through the lab itself: cells, journal, ledger, report.
 */

/** Ten clients with an address each, two destinations: one parity of 64,512 ports towards each makes 60,000 sockets a client. */
const clients = 10;
const socketsEach = 60_000;

const many = Scenario.parse({
  name: 'bench',
  title: 'bench',
  story: 'bench',
  peers: { client: { count: clients }, server: { serves: [{ server: 'node-http', ports: [8080, 8081] }] } },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-fin',
    arrival: { loop: 'closed', concurrency: 5 },
    durationMs: 58_000,
    maxAttempts: clients * socketsEach,
  },
  profiles: ['wide-range'],
});

async function holdMany(): Promise<{ row: (string | number)[]; raw: unknown }> {
  const slabBefore = timeWaitSlabs();
  let slabs = 0;
  const { report } = await runScenario(runtime, many, {
    profileNames: ['wide-range'],
    form: 'full',
    onLine: (line) => {
      if (line.type === 'load-end') slabs = Math.max(slabs, timeWaitSlabs());
    },
  });
  const cell = measured(report.cells[0]);
  const peers = Object.values(cell.peers);
  const sum = (pick: (peer: (typeof peers)[number]) => number) => peers.reduce((total, peer) => total + pick(peer), 0);
  const live = sum((peer) => peer.timeWait.peak);
  const worst = Math.max(...cell.ledger.identities.map((one) => Math.abs(one.residual)));
  const cost = Math.max(...peers.map((peer) => peer.sampler.meanCostMs));
  const row = [
    live,
    cell.load.completed,
    (cell.load.durationMs / 1000).toFixed(1),
    Math.round(cell.load.rate.achieved),
    (slabs - slabBefore).toFixed(0),
    cost.toFixed(2),
    sum((peer) => peer.sampler.missed),
    `${cell.ledger.identities.filter((one) => one.holds).length} of ${cell.ledger.identities.length}, largest residual ${worst}`,
    cell.verdict,
  ];
  return { row, raw: { peers: cell.peers, load: cell.load, ledger: cell.ledger } };
}

/** Memory of TIME_WAIT sockets on the whole machine, MiB. Source: slabinfo(5), objects × size. */
function timeWaitSlabs(): number {
  const line = /^tw_sock_TCP +(\d+) +\d+ +(\d+)/m.exec(readFileSync('/proc/slabinfo', 'utf8'));
  return line === null ? Number.NaN : (Number(line[1]) * Number(line[2])) / 2 ** 20;
}

function measured(cell: unknown): MeasuredCell {
  if (!isMeasured(cell as MeasuredCell)) throw new Error(`not measured: ${JSON.stringify(cell)}`);
  return cell as MeasuredCell;
}

interface Point {
  /** How many cells, samples or sockets. */
  n: number;
  /** Cost by name, ms or MiB. */
  costs: Record<string, number>;
}

/** short-conn for a second or more; what a run takes beyond its loads, and what its report takes. */
async function costOf(cells: number, seconds: number, samplesHz: number, ratePerSec: number): Promise<Point['costs']> {
  const scenario = Scenario.parse({
    ...scenarioNamed('short-conn'),
    name: 'bench',
    expectations: [],
    load: {
      closePolicy: 'client-fin',
      arrival: { loop: 'open', ratePerSec },
      durationMs: seconds * 1000,
    },
  });
  const startedAt = performance.now();
  const { report, folder } = await runScenario(runtime, scenario, {
    profileNames: ['wide-range'],
    form: 'full',
    repetitions: cells,
    samplesHz,
  });
  const wallMs = performance.now() - startedAt;
  const tearDown = report.cells.reduce((sum, cell) => sum + (measured(cell).teardownMs ?? 0), 0);
  const readAt = performance.now();
  const { view } = (await readRunFolder(folder)).result();
  const page = html.render(view);
  return {
    overheadMs: wallMs - cells * seconds * 1000,
    tearDownMs: tearDown,
    reportMs: performance.now() - readAt,
    journalKiB: statSync(join(folder, 'journal.ndjson')).size / 1024,
    pageKiB: page.length / 1024,
  };
}

/** b of cost = a · n^b, by least squares over the logarithms. */
function exponent(points: readonly Point[], name: string): number {
  return linearRegression(points.map(({ n, costs }) => [Math.log(n), Math.log(Math.max(1e-3, costs[name] ?? 0))])).m;
}

export default async function run(): Promise<void> {
  const held = await holdMany();
  console.error(held.row);
  const grown: [string, Point[]][] = [];
  const grow = async (what: string, ns: number[], cost: (n: number) => Promise<Point['costs']>) => {
    const points: Point[] = [];
    for (const n of ns) {
      points.push({ n, costs: await cost(n) });
      console.error(what, points.at(-1));
    }
    grown.push([what, points]);
  };
  await costOf(1, 1, 10, 200); // Code and caches are warm after this one.
  await grow('cells', [1, 2, 4, 8, 16], (n) => costOf(n, 1, 10, 200));
  await grow('samples a second', [1, 10, 100], (n) => costOf(1, 10, n, 200));
  await grow('sockets', [1000, 10_000, 100_000], (n) => costOf(1, 10, 10, n / 10));
  const names = Object.keys(grown[0]?.[1][0]?.costs ?? {});
  const rows = grown.flatMap(([what, points]) => [
    ...points.map(({ n, costs }) => [what, n, ...names.map((name) => (costs[name] ?? 0).toFixed(0))]),
    [what, 'exponent', ...names.map((name) => exponent(points, name).toFixed(2))],
  ]);
  keep('scale', ['grows', 'n', ...names], rows, { held: held.raw, grown }, [
    'Of short-conn, full form: what a run takes beyond its loads, taking all stacks down, reading the journal and writing the page; journal and page in KiB. Exponent b of cost = a · n^b.',
    `${clients} clients with an address each and 60,000 connections each to one server, closed loop, nothing reused:`,
    `| TIME_WAIT at once | connections | s | a second | their memory, MiB | sample, ms | samples missed | ledger | verdict |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n| ${held.row.join(' | ')} |`,
  ]);
}
