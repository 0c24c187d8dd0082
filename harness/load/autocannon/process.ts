import autocannon from 'autocannon';
import type { LoadCounts } from '../../model/journal.ts';
import type { Target } from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';

/*
 * autocannon in a process of its own: on EADDRNOTAVAIL it reconnects without a pause and may not end by
 * itself, so its owner must be able to kill it. Input: one JSON argument. Output: NDJSON on stdout.
 */

export interface AutocannonInput {
  load: LoadSpec;
  target: Target;
}

export type AutocannonLine =
  | ({ type: 'tick' } & LoadCounts)
  | {
      type: 'result';
      sent: number;
      answered: number;
      errors: number;
      timeouts: number;
      latencyMs: { average: number; p50: number; p90: number; p99: number; p99_9: number; max: number };
      errnos: Record<string, number>;
      cpuMs: number;
      version: string;
    };

declare const AUTOCANNON_VERSION: string;

const input = JSON.parse(process.argv[2] ?? '{}') as AutocannonInput;
const { load, target } = input;
const emit = (line: AutocannonLine) => process.stdout.write(`${JSON.stringify(line)}\n`);

let answers = 0;
let failed = 0;
const errnos = new Map<string, number>();
const intervalErrnos = new Map<string, number>();
const arrival = load.arrival;

const options: autocannon.Options = {
  url: `http://${target.address}:${target.port}${load.path}`,
  connections: arrival.loop === 'closed' ? arrival.concurrency : Math.min(arrival.maxInFlight, 64),
  ...(arrival.loop === 'open' && { overallRate: arrival.ratePerSec }),
  duration: load.durationMs / 1000,
  timeout: load.timeoutMs / 1000,
  ...(load.threads > 1 && { workers: load.threads }),
};
// With a callback it returns the running instance, without one a promise.
const instance = autocannon(options, () => {});
instance.on('response', () => {
  answers++;
});
instance.on('reqError', (error: NodeJS.ErrnoException) => {
  const errno = error.code ?? 'EUNKNOWN';
  failed++;
  errnos.set(errno, (errnos.get(errno) ?? 0) + 1);
  intervalErrnos.set(errno, (intervalErrnos.get(errno) ?? 0) + 1);
});
const tick = () => {
  emit({
    type: 'tick',
    attempts: answers + failed,
    connected: null,
    completed: answers,
    answers,
    failedAfterConnect: 0,
    inFlight: 0,
    failures: [...intervalErrnos].map(([errno, count]) => ({ errno, phase: 'response', count })),
  });
  answers = 0;
  failed = 0;
  intervalErrnos.clear();
};
const ticker = setInterval(tick, 100);
instance.on('done', (result) => {
  clearInterval(ticker);
  tick();
  const cpu = process.cpuUsage();
  const latency = result.latency as unknown as Record<string, number>;
  emit({
    type: 'result',
    sent: result.requests.sent,
    answered: result['2xx'] + result.non2xx,
    errors: result.errors,
    timeouts: result.timeouts,
    latencyMs: {
      average: latency.average ?? 0,
      p50: latency.p50 ?? 0,
      p90: latency.p90 ?? 0,
      p99: latency.p99 ?? 0,
      p99_9: latency.p99_9 ?? 0,
      max: latency.max ?? 0,
    },
    errnos: Object.fromEntries(errnos),
    cpuMs: (cpu.user + cpu.system) / 1000,
    version: AUTOCANNON_VERSION,
  });
});
process.stdin.resume().once('end', () => instance.stop());
