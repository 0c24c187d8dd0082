import { LoadSpec } from '../harness/model/scenario.ts';
import { addressesBetween } from '../harness/plan/topology.ts';
import { type Bed, keep, median, openBed, processCpu, serve, timed } from './bed-parts.ts';

/*
 * Connections per second and CPU per connection of churn beside wrk and ab, against the same nginx (one worker),
 * with as many threads each, in turn within one run. Every count is the server kernel's PassiveOpens, every CPU the
 * client process's own user + system time, so that all are measured alike.
 */

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 10);
const concurrency = 50;
/** Names' parts of the contenders to run; empty: all. */
const only = process.env.BENCH_ONLY?.split(',') ?? [''];

/** The client's ports must not run out: that is another measurement. Reuse after 1 ms keeps them coming. */
const sysctls = {
  'net.ipv4.tcp_tw_reuse': '1',
  'net.ipv4.tcp_tw_reuse_delay': '1',
  'net.ipv4.ip_local_port_range': '1024 65535',
};

interface Measured {
  perSec: number;
  cpuUs: number;
  cpuUserUs: number;
}

type Run = (bed: Bed, address: string) => Promise<{ cpuMs: number; cpuUserMs: number }>;

async function measure(run: Run): Promise<Measured> {
  const bed = await openBed(sysctls, {
    client: {},
    server: { serves: [{ server: 'nginx' }] },
  });
  try {
    const address = addressesBetween(bed.plan.links, 'client', 'server')[0] ?? '';
    await serve(bed);
    const before = (await bed.counters(bed.server))['Tcp.PassiveOpens'] ?? 0;
    const startedAt = performance.now();
    const { cpuMs, cpuUserMs } = await run(bed, address);
    const elapsed = Math.min(performance.now() - startedAt, seconds * 1000 + 1000);
    const connections = ((await bed.counters(bed.server))['Tcp.PassiveOpens'] ?? 0) - before;
    return {
      perSec: (connections * 1000) / Math.min(elapsed, seconds * 1000),
      cpuUs: (cpuMs * 1000) / connections,
      cpuUserUs: (cpuUserMs * 1000) / connections,
    };
  } finally {
    await bed.stop();
  }
}

function churn(closePolicy: 'server-fin' | 'client-fin', { transport = 'auto', threads = 1 } = {}): Run {
  return async (bed, address) => {
    const load = LoadSpec.parse({
      closePolicy,
      arrival: { loop: 'closed', concurrency },
      durationMs: seconds * 1000,
      path: '/abc',
      threads,
      parameters: { transport },
    });
    const targets = [{ address, port: 8080 }];
    const before = processCpu(bed.client.peer.pid as number);
    const result = await bed.client.ask('load', { load, targets, localAddresses: [] });
    const after = processCpu(bed.client.peer.pid as number);
    if ((result.failures ?? []).length > 0) console.error('churn failures', result.failures ?? []);
    return { cpuMs: after.cpuMs - before.cpuMs, cpuUserMs: after.cpuUserMs - before.cpuUserMs };
  };
}

const url = (address: string) => `http://${address}:8080/abc`;
const wrk = (threads: number): Run => {
  const options = [`-t${threads}`, `-c${concurrency}`, `-d${seconds}`, '-H', 'Connection: close'];
  return (bed, address) => timed(bed, ['wrk', ...options, url(address)]);
};
const ab: Run = (bed, address) =>
  timed(bed, ['ab', '-q', '-r', `-c${concurrency}`, `-t${seconds}`, '-n10000000', url(address)]);

interface Contender {
  name: string;
  /** Whom it is compared with: as many threads. */
  against: string[];
  run: Run;
}
const two = { threads: 2 };
const contenders: Contender[] = [
  { name: 'wrk', against: ['wrk', 'ab'], run: wrk(1) },
  { name: 'ab', against: ['wrk', 'ab'], run: ab },
  { name: 'churn server-fin', against: ['wrk', 'ab'], run: churn('server-fin') },
  { name: 'churn client-fin', against: ['wrk', 'ab'], run: churn('client-fin') },
  { name: 'churn net.Socket', against: ['wrk', 'ab'], run: churn('server-fin', { transport: 'net-socket' }) },
  { name: 'wrk, 2 threads', against: ['wrk, 2 threads'], run: wrk(2) },
  { name: 'churn server-fin, 2 threads', against: ['wrk, 2 threads'], run: churn('server-fin', two) },
  { name: 'churn client-fin, 2 threads', against: ['wrk, 2 threads'], run: churn('client-fin', two) },
];

export default async function run(): Promise<void> {
  const chosen = contenders.filter(({ name }) => only.some((part) => name.includes(part)));
  const all = new Map<string, Measured[]>(chosen.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of chosen) {
      const measured = await measure(run);
      all.get(name)?.push(measured);
      console.error(round, name, Math.round(measured.perSec), measured.cpuUs.toFixed(1));
    }
  }
  const of = (name: string, pick: (m: Measured) => number) => median((all.get(name) ?? []).map(pick));
  // Ratios pair by pair, within a round: the machine's drift falls on both.
  const ratio = (name: string, base: string | undefined, pick: (m: Measured) => number) => {
    const bases = all.get(base ?? '');
    if (bases === undefined) return '–';
    return median((all.get(name) ?? []).map((m, round) => pick(m) / pick(bases[round] as Measured))).toFixed(2);
  };
  const rows = chosen.map(({ name, against: [first, second] }) => [
    name,
    Math.round(of(name, (m) => m.perSec)),
    of(name, (m) => m.cpuUs).toFixed(1),
    of(name, (m) => m.cpuUserUs).toFixed(1),
    ratio(name, first, (m) => m.perSec),
    ratio(name, second, (m) => m.perSec),
    ratio(name, first, (m) => m.cpuUs),
  ]);
  keep(
    'engine',
    ['client', 'connections/s', 'CPU µs each', 'of it user', '× wrk', '× ab', 'CPU × wrk'],
    rows,
    Object.fromEntries(all),
    [
      `Medians of ${rounds} rounds of ${seconds} s, nginx with one worker, ${concurrency} in flight; ratios between like numbers of threads (ab has one).`,
    ],
  );
}
