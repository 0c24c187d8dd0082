import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import type { Observation } from '../harness/model/observation.ts';
import { LoadSpec } from '../harness/model/scenario.ts';
import { addressesBetween } from '../harness/plan/topology.ts';
import { parseSockstat } from '../harness/probe/sockstat.ts';
import { type Bed, keep, median, openBed } from './bed-parts.ts';

/*
 * What `observe` says and takes where there are many TIME_WAITs: of five destinations in each of three network namespaces,
 * against ss and sockstat; and its whole CPU at 10 × 10,000 and more sockets at the default rate, in turn with another
 * build (BENCH_BEFORE, its cli.mjs) if one is named.
 */

const cli = process.env.BENCH_CLI ?? 'dist/cli.mjs';
const before = process.env.BENCH_BEFORE;
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const sizes = (process.env.BENCH_SIZES ?? '100000,250000').split(',').map(Number);
const sysctls = {
  'net.ipv4.ip_local_port_range': '1024 65535',
  'net.ipv4.tcp_max_tw_buckets': '2000000',
  'net.ipv4.tcp_tw_reuse': '0',
};

/** So many TIME_WAITs, evenly, at the client's end of so many destinations. */
async function fill(bed: Bed, sockets: number, destinations: number): Promise<void> {
  const address = addressesBetween(bed.plan.links, 'client', 'server')[0] ?? '';
  const ports = Array.from({ length: destinations }, (_, index) => 8000 + index);
  const served = { server: 'node-http', ports, parameters: {}, address, upstreams: [] };
  await bed.server.ask('serve', { servers: [served] });
  const arrival = { loop: 'closed' as const, concurrency: 50 };
  const load = LoadSpec.parse({ closePolicy: 'client-fin', arrival, durationMs: 50_000, maxAttempts: sockets });
  const targets = ports.map((port) => ({ address, port }));
  await bed.client.ask('load', { load, targets, localAddresses: [] });
}

async function observe(file: string, ...args: string[]): Promise<Observation> {
  const { stdout } = await execa('nice', ['-n', '15', process.execPath, file, 'observe', '--json', ...args]);
  return JSON.parse(stdout) as Observation;
}

/** TIME_WAITs by destination port, as ss lists them. */
async function bySs(pid: number): Promise<Map<number, number>> {
  const { stdout } = await execa('nsenter', ['-t', `${pid}`, '-n', 'ss', '-Htn', 'state', 'time-wait']);
  const counts = new Map<number, number>();
  for (const line of stdout.split('\n')) {
    const port = Number(line.trim().split(/\s+/)[3]?.split(':').at(-1));
    counts.set(port, (counts.get(port) ?? 0) + 1);
  }
  return counts;
}

const sockstat = (pid: number) => parseSockstat(readFileSync(`/proc/${pid}/net/sockstat`, 'utf8')).tw;

/** 60,000 TIME_WAITs in three network namespaces, each observed by pid and by name. */
async function threeNamespaces(): Promise<object[]> {
  const beds = await Promise.all([1, 2, 3].map(() => openBed(sysctls)));
  const rows: object[] = [];
  try {
    for (const bed of beds) await fill(bed, 20_000, 5);
    for (const [index, bed] of beds.entries()) {
      const pid = bed.client.peer.pid ?? 0;
      const name = `timewait-lab-bench-${process.pid}-${index}`;
      await execa('ip', ['netns', 'attach', name, `${pid}`]);
      try {
        for (const target of [
          ['--pid', `${pid}`],
          ['--netns', name],
        ]) {
          const counted = await bySs(pid);
          const { destinations, timeWait, cost } = await observe(cli, '--for', '1s', ...target);
          const after = await bySs(pid);
          const off = destinations.map(({ port, states }) => {
            const seen = states.TIME_WAIT ?? 0;
            const [most = 0, least = 0] = [counted.get(port), after.get(port)];
            return Math.max(0, seen - most, least - seen);
          });
          rows.push({
            ...{
              target: target[0],
              timeWait,
              sockstat: sockstat(pid),
              ss: [...after.values()].reduce((a, b) => a + b, 0),
            },
            ...{ destinations: destinations.length, farthest: Math.max(...off), cpuMs: cost.cpuMs },
          });
          console.error(JSON.stringify(rows.at(-1)));
        }
      } finally {
        await execa('ip', ['netns', 'delete', name], { reject: false });
      }
    }
  } finally {
    for (const bed of beds) await bed.stop();
  }
  return rows;
}

interface Cost {
  size: number;
  build: string;
  rows: number;
  cpuMs: number;
  seconds: number;
  percent: number;
}

/** Observations one after the other, as --watch makes them: all but the first, whose code is not compiled yet. */
async function watched(size: number): Promise<Cost[]> {
  const bed = await openBed(sysctls);
  try {
    await fill(bed, size, 10);
    const argv = [
      '-s',
      'INT',
      '44',
      process.execPath,
      cli,
      'observe',
      '--json',
      '--watch',
      '--pid',
      `${bed.client.peer.pid}`,
    ];
    const { stdout } = await execa('timeout', argv, { reject: false });
    const all = stdout.split('\n').map((line) => JSON.parse(line) as Observation);
    // The last one was interrupted.
    return all.slice(1, -1).map(({ cost, durationMs }) => ({
      ...{ size, build: 'this, --watch', rows: cost.rows, cpuMs: cost.cpuMs, seconds: durationMs / 1000 },
      percent: (cost.cpuMs / durationMs) * 100,
    }));
  } finally {
    await bed.stop();
  }
}

/** One build's whole observation of a namespace of its own with so many TIME_WAITs of ten destinations. */
async function costOf(build: string, file: string, size: number): Promise<Cost> {
  const bed = await openBed(sysctls);
  try {
    await fill(bed, size, 10);
    const { cost, durationMs } = await observe(file, '--pid', `${bed.client.peer.pid}`);
    const { cpuMs } = cost;
    return { size, build, rows: cost.rows, cpuMs, seconds: durationMs / 1000, percent: (cpuMs / durationMs) * 100 };
  } finally {
    await bed.stop();
  }
}

export default async function run(): Promise<void> {
  const checked = await threeNamespaces();
  const costs: Cost[] = [];
  const builds: [string, string][] = [
    ...(before === undefined ? [] : [['before', before] as [string, string]]),
    ['this', cli],
  ];
  for (const size of sizes) {
    for (let round = 0; round < rounds; round++) {
      // The other one first every second time: what else runs on the machine changes with time.
      for (const [build, file] of round % 2 === 0 ? builds : [...builds].reverse()) {
        costs.push(await costOf(build, file, size));
        console.error(JSON.stringify(costs.at(-1)));
      }
    }
  }
  costs.push(...(await watched(sizes[0] as number)));
  const names = [...builds.map(([build]) => build), 'this, --watch'];
  const rows = sizes.flatMap((size) =>
    names.flatMap((build) => {
      const those = costs.filter((one) => one.size === size && one.build === build);
      if (those.length === 0) return [];
      const of = (key: 'rows' | 'cpuMs' | 'seconds' | 'percent') => median(those.map((one) => one[key]));
      const all = those.map(({ percent }) => percent.toFixed(2)).join(', ');
      return [
        [size, build, of('rows'), of('cpuMs').toFixed(0), of('seconds').toFixed(1), of('percent').toFixed(2), all],
      ];
    }),
  );
  const most = Math.max(...checked.map((one) => (one as { farthest: number }).farthest));
  keep(
    'observe-host',
    ['sockets', 'build', 'rows', 'ms of CPU', 's', '% of a core', 'each'],
    rows,
    { checked, costs },
    [
      'Whole observations with the default length, as `observe --json` reports them; medians.',
      `60,000 TIME_WAITs of five destinations in each of three network namespaces, 20,000 in each, observed by pid and by name: the count of a destination differs from that of ss before and after by at most ${most}.`,
    ],
  );
}
