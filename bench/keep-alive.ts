import { LoadSpec } from '../harness/model/scenario.ts';
import { addressesBetween } from '../harness/plan/topology.ts';
import { type Bed, keep, median, openBed, processCpu, serve, timed } from './bed-parts.ts';

/*
 * Requests per second over persistent connections: autocannon, which is the lab's engine for them, and churn, beside wrk,
 * against the same nginx with one worker. Each client's own count of answers; CPU of its whole process.
 */

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 5);
const concurrency = 50;

interface Measured {
  perSec: number;
  cpuUs: number;
}

type Run = (bed: Bed, address: string) => Promise<{ answers: number; cpuMs: number }>;

function wrk(threads: number): Run {
  return async (bed, address) => {
    const words = ['wrk', `-t${threads}`, `-c${concurrency}`, `-d${seconds}`, `http://${address}:8080/abc`];
    const { cpuMs, stdout } = await timed(bed, words);
    return { answers: Number(/(\d+) requests in/.exec(stdout)?.[1] ?? Number.NaN), cpuMs };
  };
}

function lab(engine: 'autocannon' | 'churn', threads: number): Run {
  return async (bed, address) => {
    const load = LoadSpec.parse({
      engine,
      closePolicy: 'client-fin',
      arrival: { loop: 'closed', concurrency },
      durationMs: seconds * 1000,
      requestsPerConnection: 0,
      path: '/abc',
      threads,
    });
    const before = processCpu(bed.client.peer.pid as number);
    const targets = [{ address, port: 8080 }];
    const result = await bed.client.ask('load', { load, targets, localAddresses: [] });
    const own = processCpu(bed.client.peer.pid as number).cpuMs - before.cpuMs;
    // autocannon has a process of its own, which ran beside the agent's.
    return { answers: result.answers ?? 0, cpuMs: own + (engine === 'autocannon' ? (result.cpuMs ?? Number.NaN) : 0) };
  };
}

const contenders: [string, Run][] = [
  ['wrk, 1 thread', wrk(1)],
  ['autocannon, 1 thread', lab('autocannon', 1)],
  ['churn, 1 thread', lab('churn', 1)],
  ['wrk, 2 threads', wrk(2)],
  ['autocannon, 2 threads', lab('autocannon', 2)],
  ['churn, 2 threads', lab('churn', 2)],
];

async function measure(run: Run): Promise<Measured> {
  // nginx closes a connection after 1,000 requests by default; here nobody shall close.
  const serves = [{ server: 'nginx', parameters: { keepaliveRequests: 1_000_000 } }];
  const bed = await openBed({}, { client: {}, server: { serves } });
  try {
    const address = addressesBetween(bed.plan.links, 'client', 'server')[0] ?? '';
    await serve(bed);
    const { answers, cpuMs } = await run(bed, address);
    return { perSec: answers / seconds, cpuUs: (cpuMs * 1000) / answers };
  } finally {
    await bed.stop();
  }
}

export default async function run(): Promise<void> {
  const all = new Map<string, Measured[]>(contenders.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, contender] of contenders) {
      const measured = await measure(contender);
      all.get(name)?.push(measured);
      console.error(round, name, Math.round(measured.perSec), measured.cpuUs.toFixed(1));
    }
  }
  const of = (name: string, pick: (m: Measured) => number) => median((all.get(name) ?? []).map(pick));
  const toWrk = (name: string) => {
    const base = all.get(name.replace(/^[a-z]+/, 'wrk')) ?? [];
    return median((all.get(name) ?? []).map((m, round) => m.perSec / (base[round]?.perSec ?? Number.NaN)));
  };
  const rows = contenders.map(([name]) => [
    name,
    Math.round(of(name, (m) => m.perSec)),
    of(name, (m) => m.cpuUs).toFixed(1),
    toWrk(name).toFixed(2),
  ]);
  keep('keep-alive', ['client', 'requests/s', 'CPU µs each', '× wrk, same threads'], rows, Object.fromEntries(all), [
    `Medians of ${rounds} rounds of ${seconds} s, nginx with one worker, ${concurrency} connections.`,
  ]);
}
