import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { markdownTable } from 'markdown-table';
import { LoadSpec } from '../harness/model/scenario.ts';
import { addressesBetween } from '../harness/plan/topology.ts';
import { monotonicMs } from '../harness/probe/clock.ts';
import { parseSockstat } from '../harness/probe/sockstat.ts';
import { type Bed, keep, median, openBed } from './bed-parts.ts';

/*
 * What a sample costs by way and by number of TIME_WAIT sockets. The sockets are made by the lab's own engine to as many server
 * ports as it takes; every way then reads the same stack in turn. Process starts are part of the ways that need one.
 */

const sizes = (process.env.BENCH_SIZES ?? '1000,10000,60000,250000,1000000').split(',').map(Number);
const rounds = 7;
const portsPerDestination = 60_000;
/** Above this conntrack's table is full (nf_conntrack_max, 262,144 by default and the machine's, not a namespace's). */
const mostTracked = 250_000;

const sysctls = {
  'net.ipv4.ip_local_port_range': '1024 65535',
  'net.ipv4.tcp_max_tw_buckets': '2000000',
  'net.ipv4.tcp_tw_reuse': '0',
};

/** Reads inside the client's namespace with a fresh Node, and prints ms a reading, median of many. */
const readOnce = `
const fs = require('fs');
const ways = { quick: ['sockstat', 'snmp', 'netstat'], table: ['tcp'] };
const times = [];
for (let n = 0; n < Number(process.argv[2]); n++) {
  const t = process.hrtime.bigint();
  for (const f of ways[process.argv[1]]) fs.readFileSync('/proc/net/' + f, 'utf8');
  times.push(Number(process.hrtime.bigint() - t) / 1e6);
}
times.sort((a, b) => a - b);
console.log(times[times.length >> 1]);
`;

/** Has the client's stack track its connections, as a container's host or a NAT gateway does. */
async function track(bed: Bed): Promise<void> {
  const rules = `
    table ip bench {
      chain out {
        type filter hook output priority 0;
        ct state new accept
      }
    }`;
  await execa('nsenter', ['-t', String(bed.client.peer.pid), '-n', 'nft', '-f', '-'], { input: rules });
}

/** Serves on so many ports of the server, and returns them as targets. */
async function serve(bed: Bed, destinations: number) {
  const address = addressesBetween(bed.plan.links, 'client', 'server')[0] ?? '';
  const ports = Array.from({ length: destinations }, (_, index) => 8000 + index);
  const served = { server: 'node-http', ports, parameters: {}, address, upstreams: [] };
  await bed.server.ask('serve', { servers: [served] });
  return ports.map((port) => ({ address, port }));
}

/**
 * Makes so many TIME_WAITs in a short time: the port search is avoided by taking the next destination at half of the
 * ports. A million take 50 s of the 60 that the first of them lives.
 */
export async function fill(bed: Bed, sockets: number): Promise<void> {
  const targets = await serve(bed, Math.max(1, Math.ceil(sockets / (portsPerDestination / 2))));
  const load = LoadSpec.parse({
    closePolicy: 'client-fin',
    arrival: { loop: 'closed', concurrency: 50 },
    durationMs: 58_000,
    maxAttempts: sockets,
  });
  await bed.client.ask('load', { load, targets, localAddresses: [] });
}

async function ways(bed: Bed, size: number): Promise<Record<string, number | null>> {
  const inside = ['-t', String(bed.client.peer.pid), '-n'];
  const started = async (words: string[]) => {
    const times: number[] = [];
    const some = size > 500_000 ? 1 : size > 100_000 ? 3 : rounds;
    for (let round = 0; round < some; round++) {
      const startedAt = performance.now();
      await execa('nsenter', [...inside, ...words], { stdout: 'ignore', reject: false });
      times.push(performance.now() - startedAt);
    }
    return median(times);
  };
  const read = async (way: string, times: number) =>
    Number((await execa('nsenter', [...inside, process.execPath, '-e', readOnce, way, String(times)])).stdout);
  return {
    'sockstat + snmp + netstat': await read('quick', 200),
    'ss -s': await started(['ss', '-s']),
    'ss -Htan exclude time-wait': await started(['ss', '-Htan', 'exclude', 'time-wait']),
    'ss -tan': await started(['ss', '-tan']),
    '/proc/net/tcp': await read('table', size > 500_000 ? 1 : size > 100_000 ? 3 : 5),
    'netstat -ant': await started(['netstat', '-ant']),
    'conntrack -L': size > mostTracked ? null : await started(['conntrack', '-L', '-p', 'tcp']),
    true: await started(['true']),
  };
}

export default async function run(): Promise<void> {
  const rows: (string | number)[][] = [];
  const raw: { tw: number; after: number; ms: Record<string, number | null> }[] = [];
  for (const size of sizes) {
    const bed = await openBed(sysctls);
    try {
      if (size <= mostTracked) await track(bed);
      await fill(bed, size);
      const tw = readTimeWaits(bed);
      const ms = await ways(bed, size);
      raw.push({ tw, after: readTimeWaits(bed), ms });
      rows.push([tw, ...Object.values(ms).map((one) => (one === null ? '–' : one.toFixed(2)))]);
      console.error(raw.at(-1));
    } finally {
      await bed.stop();
    }
  }
  const ab = await disturbance();
  keep('sampling', ['TIME_WAIT', ...Object.keys(raw[0]?.ms ?? {})], rows, { raw, ab }, [
    'ms a sample. Ways that start a process include its start and that of nsenter; the last column is a start alone.',
    'The sampler beside one load at full speed, in turn: rate in a second with it against the neighbouring second without one, medians; CPU over stretches of six seconds:',
    markdownTable([
      ['sampler', 'rate ×', 'lowest', 'highest', '% of a core', 'TIME_WAIT meanwhile'],
      ...ab.map((one) => [
        one.name,
        median(one.ratios).toFixed(3),
        Math.min(...one.ratios).toFixed(3),
        Math.max(...one.ratios).toFixed(3),
        (median(one.shares) * 100).toFixed(2),
        one.timeWaits.toString(),
      ]),
    ]),
  ]);
}

interface Disturbance {
  name: string;
  /** Rate with this sampler by that without, of neighbouring seconds. */
  ratios: number[];
  /** CPU of the agent's own thread and of what it starts, above that without a sampler; share of a core. */
  shares: number[];
  timeWaits: number;
}

/** What the agents' sampler is asked for; the last one is what a run does. */
const samplers = [
  // One sample, then none for a thousand seconds.
  { name: 'none', samplesHz: 0.001, statesHz: 0 },
  { name: '10 Hz', samplesHz: 10, statesHz: 0 },
  { name: '100 Hz', samplesHz: 100, statesHz: 0 },
  { name: '10 Hz, and the states of all other sockets', samplesHz: 10, statesHz: 1 },
];

/** Rate and CPU in one stretch of the load under one sampler. */
interface Stretch {
  sampler: number;
  from: number;
  to: number;
  share: number;
}

/**
 * One load at full speed to two destinations, which keeps one parity of 64,512 ports in TIME_WAIT for each, while the
 * samplers take turns: for a second each, so that the machine's drift falls on all (a dump of states in each second then,
 * more than a run makes), and for six seconds each, as often as a run makes them, for the CPU.
 */
async function disturbance(): Promise<Disturbance[]> {
  const rounds = Number(process.env.BENCH_ROUNDS ?? 25);
  const intervals: { at: number; ms: number; completed: number }[] = [];
  const bed = await openBed(
    { ...sysctls, 'net.ipv4.tcp_tw_reuse': '1', 'net.ipv4.tcp_tw_reuse_delay': '1' },
    undefined,
    (event) => {
      if (event.type === 'load') intervals.push({ at: event.t, ms: event.intervalMs, completed: event.completed });
    },
  );
  try {
    const targets = await serve(bed, 2);
    const load = LoadSpec.parse({
      closePolicy: 'client-fin',
      arrival: { loop: 'closed', concurrency: 20 },
      durationMs: (rounds + 6 * 3) * samplers.length * 1000 + 30_000,
    });
    const done = bed.client.ask('load', { load, targets, localAddresses: [] });
    await sleep(8000);
    const short: Stretch[] = [];
    const long: Stretch[] = [];
    for (let round = 0; round < rounds; round++) short.push(...(await turns(bed, round, 1000)));
    for (let round = 0; round < 3; round++) long.push(...(await turns(bed, round, 6000)));
    const timeWaits = readTimeWaits(bed);
    await bed.client.ask('stop-load', {});
    await done;
    const rate = ({ from, to }: Stretch) => {
      // An interval that began before the sampler was changed is left out.
      const inside = intervals.filter(({ at, ms }) => at - ms >= from && at <= to);
      const sum = (pick: (one: (typeof inside)[number]) => number) =>
        inside.reduce((total, one) => total + pick(one), 0);
      return sum((one) => one.completed) / sum((one) => one.ms);
    };
    const perRound = <T>(list: T[], round: number) =>
      list.slice(round * samplers.length, (round + 1) * samplers.length);
    const against = (list: Stretch[], index: number, value: (one: Stretch, base: Stretch) => number) =>
      Array.from({ length: list.length / samplers.length }, (_, round) => {
        const stretches = perRound(list, round);
        const of = (sampler: number) => stretches.find((one) => one.sampler === sampler) as Stretch;
        return value(of(index), of(0));
      });
    return samplers.map(({ name }, index) => ({
      name,
      ratios: against(short, index, (one, base) => rate(one) / rate(base)),
      shares: against(long, index, (one, base) => one.share - base.share),
      timeWaits,
    }));
  } finally {
    await bed.stop();
  }
}

/** Every sampler for so long; each round begins with another one. */
async function turns(bed: Bed, round: number, ms: number): Promise<Stretch[]> {
  const stretches: Stretch[] = [];
  for (const turn of samplers.keys()) {
    const sampler = (turn + round) % samplers.length;
    const { name: _, ...rates } = samplers[sampler] as (typeof samplers)[number];
    await bed.client.ask('sample', { ...rates, conntrackHz: 0, watchLifetimesHz: 0, slabHz: 0, portsHz: 0 });
    const [from, before] = [monotonicMs(), agentMs(bed)];
    await sleep(ms);
    const to = monotonicMs();
    stretches.push({ sampler, from, to, share: (agentMs(bed) - before) / (to - from) });
  }
  return stretches;
}

function readTimeWaits(bed: Bed): number {
  return parseSockstat(readFileSync(`/proc/${bed.client.peer.pid}/net/sockstat`, 'utf8')).tw;
}

/**
 * CPU of the agent's main thread, where the sampler lives (first field of schedstat, ns), and of the programs it starts:
 * those that still run, with their own children, and those it waited for.
 */
function agentMs(bed: Bed): number {
  const pid = bed.client.peer.pid;
  const own = Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  const ticks = (of: string | number, fields: number[]) => {
    const all = readFileSync(`/proc/${of}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields.reduce((sum, field) => sum + Number(all[field]), 0);
  };
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const running = children.reduce((sum, child) => sum + ticks(child, [11, 12, 13, 14]), 0);
  return own + (running + ticks(pid as number, [13, 14])) * 10;
}
