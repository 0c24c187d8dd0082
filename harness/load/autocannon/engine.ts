import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Failure, LatencyUs, LoadResult } from '../../model/journal.ts';
import type { Target } from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import { BusyClock, childCpu } from '../../probe/busy-clock.ts';
import { monotonicMs } from '../../probe/clock.ts';
import type { Engine, EngineRun, RunningLoad } from '../engine.ts';
import type { AutocannonLine } from './process.ts';
import { autocannonTraits } from './traits.ts';

/** After the load's time has passed it gets this long to end by itself before it is killed. */
const graceMs = 3000;

export const autocannonEngine: Engine = {
  traits: autocannonTraits,
  start: startAutocannon,
};

function startAutocannon(run: EngineRun): RunningLoad {
  const target = run.targets[0] as Target;
  const input = JSON.stringify({ load: run.load, target });
  const child = spawn(process.execPath, [join(__dirname, 'autocannon-process.cjs'), input], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const clock = new BusyClock(run.onBusy);
  clock.watch('autocannon', childCpu(child.pid));
  const startedAt = monotonicMs();
  let lastAt = startedAt;
  let words = '';
  let final: Extract<AutocannonLine, { type: 'result' }> | null = null;
  const first = new Map<string, LoadResult['firstFailures'][number]>();
  let seen = { completed: 0, failed: 0 };
  child.stdin.on('error', () => {});
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2000);
  });
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = lineOf(text);
    if (line === null) {
      words = (words + text).slice(-2000);
      return;
    }
    const at = monotonicMs();
    if (line.type === 'result') {
      final = line;
      return;
    }
    const { type: _, ...counts } = line;
    const none = { connectCallUs: null, connectLatencyUs: null, requestLatencyUs: null, scheduleLagUs: null };
    for (const failure of counts.failures) {
      if (!first.has(failure.errno)) first.set(failure.errno, { errno: failure.errno, phase: failure.phase, at });
      seen.failed += failure.count;
    }
    seen = { ...seen, completed: seen.completed + counts.completed };
    run.onInterval({ ...counts, ...none, at, intervalMs: at - lastAt });
    lastAt = at;
  });
  const killer = setTimeout(() => child.kill('SIGKILL'), run.load.durationMs + run.load.timeoutMs + graceMs);
  const result = new Promise<LoadResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(killer);
      clock.stop();
      const endedAt = monotonicMs();
      const firstFailures = [...first.values()];
      if (final !== null) resolve(resultOf(final, run.load, startedAt, endedAt, firstFailures));
      else reject(new Error(`autocannon ended without a result (${signal ?? `code ${code}`}): ${words.trim()}`));
    });
  });
  return { result, stop: () => void child.stdin.end() };
}

/** Words that autocannon itself prints are no line of ours. */
function lineOf(text: string): AutocannonLine | null {
  try {
    return JSON.parse(text) as AutocannonLine;
  } catch {
    return null;
  }
}

function resultOf(
  final: Extract<AutocannonLine, { type: 'result' }>,
  load: LoadSpec,
  startedAt: number,
  endedAt: number,
  firstFailures: LoadResult['firstFailures'],
): LoadResult {
  const failures: Failure[] = Object.entries(final.errnos).map(([errno, count]) => ({
    errno,
    phase: 'response',
    count,
  }));
  const known = failures.reduce((sum, failure) => sum + failure.count, 0);
  if (final.errors > known) failures.push({ errno: 'EUNKNOWN', phase: 'response', count: final.errors - known });
  const failed = failures.reduce((sum, failure) => sum + failure.count, 0);
  // What the end of the time cut off was sent and never answered.
  const inFlight = Math.max(0, final.sent - final.answered - failed);
  const us = (ms: number) => Math.round(ms * 1000);
  const latency: LatencyUs =
    final.answered === 0
      ? null
      : {
          count: final.answered,
          mean: us(final.latencyMs.average),
          p50: us(final.latencyMs.p50),
          p90: us(final.latencyMs.p90),
          p99: us(final.latencyMs.p99),
          p999: us(final.latencyMs.p99_9),
          max: us(final.latencyMs.max),
        };
  return {
    attempts: final.answered + failed + inFlight,
    connected: null,
    completed: final.answered,
    answers: final.answered,
    failedAfterConnect: 0,
    inFlight,
    failures,
    connectCallUs: null,
    connectLatencyUs: null,
    requestLatencyUs: latency,
    scheduleLagUs: null,
    startedAt,
    endedAt,
    firstFailures,
    cpuMs: final.cpuMs,
    blindSpots: [
      'counts requests, not connections: connections are taken from the kernel',
      'latency has a resolution of 1 ms',
      ...(load.arrival.loop === 'closed' ? ['closed loop: latency begins when the request is written'] : []),
    ],
    engineVersion: final.version,
    transport: null,
  };
}
