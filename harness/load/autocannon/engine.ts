import { join } from 'node:path';
import { HarnessError } from '../../model/errors.ts';
import { countOf } from '../../model/failures.ts';
import type { Failure, LatencyUs, LoadCounts, LoadResult } from '../../model/journal.ts';
import type { Target } from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import { tellingLines } from '../../model/telling-lines.ts';
import { monotonicMs } from '../../probe/clock.ts';
import { endText, ProgramRun } from '../../program/program-run.ts';
import { noLatencies } from '../counts.ts';
import type { Engine, EngineRun, RunningLoad } from '../engine.ts';
import { KernelCount, kernelBlindSpot } from '../kernel-counts.ts';
import { type AutocannonResult, parseLine } from './lines.ts';
import { connectionsOf } from './parts.ts';
import { autocannonTraits } from './traits.ts';

/** How long it may take to end by itself after the load's duration, before it is killed. */
const graceMs = 3000;

export const autocannonEngine: Engine = {
  traits: autocannonTraits,
  start: startAutocannon,
};

function startAutocannon(run: EngineRun): RunningLoad {
  const { load } = run;
  const startedAt = monotonicMs();
  let lastAt = startedAt;
  const kernel = new KernelCount(run);
  let final: AutocannonResult | null = null;
  const first = new Map<string, LoadResult['firstFailures'][number]>();
  const script = join(__dirname, 'autocannon-process.cjs');
  const program = new ProgramRun({
    name: 'autocannon',
    command: process.execPath,
    ownFiles: [
      { path: process.execPath, as: 'program' },
      { path: script, as: 'file' },
    ],
    args: [script, JSON.stringify({ load, target: run.targets[0] as Target })],
    onBusy: run.onBusy,
    onLine(text) {
      const line = parseLine(text);
      if (line?.type === 'result') final = line;
      if (line?.type !== 'tick') return;
      const at = monotonicMs();
      const { answers, failures } = line;
      for (const { errno, phase } of failures) if (!first.has(errno)) first.set(errno, { errno, phase, at });
      run.onInterval({
        ...noLatencies,
        attempts: answers + countOf(failures),
        connected: null,
        completed: answers,
        answers,
        failedAfterConnect: null,
        inFlight: null,
        failures,
        at,
        intervalMs: at - lastAt,
      });
      lastAt = at;
    },
  });
  program.stopAfter(load.durationMs + load.timeoutMs + graceMs, 'SIGKILL', 0);
  const result = program.ended.then((end) => {
    const times = { startedAt, endedAt: end.at, firstFailures: [...first.values()] };
    if (final !== null) return resultOf(final, load, times);
    if (end.isOurs) return lostResult(kernel.total(), times, program.cpuMs());
    const cause = tellingLines(program.lastLines()).join(' · ');
    throw new HarnessError('AUTOCANNON_FAILED', `autocannon ${endText(end)} without a result`, { cause });
  });
  return {
    result,
    stop() {
      program.closeInput();
      program.stopAfter(graceMs, 'SIGKILL', 0);
    },
  };
}

/**
 * Of a process that had to be killed: without a free port it reconnects without a pause, which leaves its event loop no
 * time for anything else, and its counts are lost. What its network namespace counted is the result.
 */
export function lostResult(
  counts: LoadCounts,
  times: Pick<LoadResult, 'startedAt' | 'endedAt' | 'firstFailures'>,
  cpuMs: number | null,
): LoadResult {
  return {
    ...noLatencies,
    ...counts,
    ...times,
    countedBy: 'kernel',
    cpuMs,
    blindSpots: ['autocannon did not end and was killed: its counts are lost', kernelBlindSpot],
    engineVersion: null,
    transport: null,
  };
}

export function resultOf(
  final: AutocannonResult,
  load: LoadSpec,
  times: Pick<LoadResult, 'startedAt' | 'endedAt' | 'firstFailures'>,
): LoadResult {
  const failures: Failure[] = Object.entries(final.errnos).map(([errno, count]) => ({
    errno,
    phase: 'response',
    count,
  }));
  const known = countOf(failures);
  if (final.errors > known) failures.push({ errno: 'EUNKNOWN', phase: 'response', count: final.errors - known });
  const failed = countOf(failures);
  // Requests in flight at the end were sent and never answered: at most one per connection.
  const cutOff = final.sent - final.answered - failed;
  const inFlight = cutOff >= 0 && cutOff <= connectionsOf(load) ? cutOff : null;
  return {
    ...noLatencies,
    ...times,
    attempts: final.answered + failed + (inFlight ?? 0),
    connected: null,
    completed: final.answered,
    answers: final.answered,
    failedAfterConnect: null,
    inFlight,
    failures,
    requestLatencyUs: latencyOf(final),
    cpuMs: final.cpuMs,
    blindSpots: [
      'counts requests, not connections: connection counts come from the kernel',
      'latency has a resolution of 1 ms',
      ...(load.arrival.loop === 'closed' ? ['closed loop: latency starts when the request is written'] : []),
    ],
    engineVersion: final.version,
    transport: null,
  };
}

function latencyOf({ answered, latencyMs }: AutocannonResult): LatencyUs {
  if (answered === 0) return null;
  const us = (ms: number) => Math.round(ms * 1000);
  return {
    count: answered,
    mean: us(latencyMs.average),
    p50: us(latencyMs.p50),
    p90: us(latencyMs.p90),
    p99: us(latencyMs.p99),
    p999: us(latencyMs.p99_9),
    max: us(latencyMs.max),
  };
}
