import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import type { LoadResult } from '../harness/model/journal.ts';
import { LoadSpec } from '../harness/model/scenario.ts';
import { addressesBetween } from '../harness/plan/topology.ts';
import { type Bed, keep, median, openBed } from './bed-parts.ts';

/*
 * What a sample costs by way and by number of TIME_WAIT sockets. The sockets are made by the lab's own engine to as many server
 * ports as it takes; every way then reads the same stack in turn. Process starts are part of the ways that need one.
 */

const sizes = (process.env.BENCH_SIZES ?? '1000,10000,60000,250000').split(',').map(Number);
const rounds = 7;
const portsPerDestination = 60_000;

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

/** Makes so many TIME_WAITs in a short time: the port search is avoided by taking the next destination at half of the ports. */
async function fill(bed: Bed, sockets: number): Promise<number> {
  const address = addressesBetween(bed.plan.links, 'client', 'server')[0] ?? '';
  const destinations = Math.max(1, Math.ceil(sockets / (portsPerDestination / 2)));
  const ports = Array.from({ length: destinations }, (_, index) => 8000 + index);
  await bed.server.ask({
    do: 'serve',
    servers: [{ server: 'node-http', ports, parameters: {}, address, upstreams: [] } as never],
  });
  const load = LoadSpec.parse({
    closePolicy: 'client-fin',
    arrival: { loop: 'closed', concurrency: 50 },
    durationMs: 55_000,
    maxAttempts: sockets,
  });
  const targets = ports.map((port) => ({ address, port }));
  await bed.client.ask({ do: 'load', load, targets, localAddresses: [] });
  return ((await bed.client.ask({ do: 'snapshot' })) as { tw: number }).tw;
}

export default async function run(): Promise<void> {
  const rows: (string | number)[][] = [];
  const raw: Record<string, Record<string, number>> = {};
  for (const size of sizes) {
    const bed = await openBed(sysctls);
    try {
      const tw = await fill(bed, size);
      const inside = ['-t', String(bed.client.peer.pid), '-n'];
      const started = async (words: string[]) => {
        const times: number[] = [];
        for (let round = 0; round < (size > 100_000 ? 3 : rounds); round++) {
          const startedAt = performance.now();
          await execa('nsenter', [...inside, ...words], { stdout: 'ignore', reject: false });
          times.push(performance.now() - startedAt);
        }
        return median(times);
      };
      const read = async (way: string, times: number) =>
        Number((await execa('nsenter', [...inside, process.execPath, '-e', readOnce, way, String(times)])).stdout);
      const measured = {
        'sockstat + snmp + netstat': await read('quick', 200),
        '/proc/net/tcp': await read('table', size > 100_000 ? 3 : 5),
        'ss -s': await started(['ss', '-s']),
        'ss -Htan exclude time-wait': await started(['ss', '-Htan', 'exclude', 'time-wait']),
        'ss -tan': await started(['ss', '-tan']),
        'netstat -ant': await started(['netstat', '-ant']),
        true: await started(['true']),
      };
      raw[tw] = measured;
      rows.push([tw, ...Object.values(measured).map((ms) => ms.toFixed(2))]);
      console.error(tw, measured);
    } finally {
      await bed.stop();
    }
  }
  const header = ['TIME_WAIT', ...Object.keys(raw[Object.keys(raw)[0] as string] ?? {})];
  const ab = await disturbance();
  keep('sampling', header, rows, { raw, ab }, [
    'ms a sample. Ways that start a process include its start and that of nsenter; the last column is a start alone.',
    `10 Hz sampling and the connection rate, A B A B …: ${ab.text}`,
  ]);
}

/** Connection rate with the sampler at 10 Hz and without, in turn, and the sampler's own share of a core. */
async function disturbance() {
  const ratios: number[] = [];
  const shares: number[] = [];
  for (let round = 0; round < 5; round++) {
    const rate = async (samplesHz: number) => {
      const bed = await openBed({ 'net.ipv4.tcp_tw_reuse': '1', 'net.ipv4.tcp_tw_reuse_delay': '1' });
      try {
        const address = addressesBetween(bed.plan.links, 'client', 'server')[0] ?? '';
        const served = { server: 'node-http', ports: [8080], parameters: {}, address, upstreams: [] };
        await bed.server.ask({ do: 'serve', servers: [served as never] });
        const rates = { statesHz: 0, conntrackHz: 0, watchLifetimesHz: 0, slabHz: 0 };
        const cpuBefore = mainThreadMs(bed);
        if (samplesHz > 0) await bed.client.ask({ do: 'sample', samplesHz, ...rates });
        const load = LoadSpec.parse({
          closePolicy: 'client-fin',
          arrival: { loop: 'closed', concurrency: 20 },
          durationMs: 4000,
        });
        const targets = [{ address, port: 8080 }];
        const result = (await bed.client.ask({ do: 'load', load, targets, localAddresses: [] })) as LoadResult;
        return { perSec: result.completed / 4, share: (mainThreadMs(bed) - cpuBefore) / 4000 };
      } finally {
        await bed.stop();
      }
    };
    const without = await rate(0);
    const with10 = await rate(10);
    ratios.push(with10.perSec / without.perSec);
    shares.push(with10.share - without.share);
  }
  const text = `${median(ratios).toFixed(3)} × (min ${Math.min(...ratios).toFixed(3)}, max ${Math.max(...ratios).toFixed(3)}); the sampler takes ${(median(shares) * 100).toFixed(2)} % of a core more`;
  return { ratios, shares, text };
}

/** CPU of the agent's main thread, where the sampler lives: first field of schedstat, ns. */
function mainThreadMs(bed: Bed): number {
  const pid = bed.client.peer.pid;
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}
