import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installLine } from '../../components/table.ts';
import { exitCode, HarnessError } from '../../model/errors.ts';
import type { Failure, LoadResult } from '../../model/journal.ts';
import type { Target } from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import { BusyClock, childCpu } from '../../probe/busy-clock.ts';
import { monotonicMs } from '../../probe/clock.ts';
import { readCounters } from '../../probe/stack-reader.ts';
import type { Engine, EngineRun, RunningLoad } from '../engine.ts';
import { blindSpots } from './blind-spots.ts';
import { activity, type SentReading } from './dead-time.ts';
import { latencyOf, parseSummary, reportScript, type WrkSummary, wrkVersion } from './report-script.ts';
import { wrkTraits } from './traits.ts';

/** After the load's time wrk gets this long to end by itself. */
const graceMs = 5000;
const readEveryMs = 200;

export const wrkEngine: Engine = {
  traits: wrkTraits,
  start: startWrk,
};

function startWrk(run: EngineRun): RunningLoad {
  const { load } = run;
  const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-wrk-'));
  const script = join(folder, 'report.lua');
  writeFileSync(script, reportScript);
  const startedAt = monotonicMs();
  const child = spawn('wrk', wrkArguments(load, run.targets[0] as Target, script), {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const clock = new BusyClock(run.onBusy);
  clock.watch('wrk', childCpu(child.pid));
  const sent: SentReading[] = [];
  const attemptFails = () => readCounters(watched)['Tcp.AttemptFails'] ?? 0;
  const read = () => sent.push({ at: monotonicMs(), segments: readCounters(watched)['Tcp.OutSegs'] ?? 0 });
  const refusedBefore = attemptFails();
  read();
  const reader = setInterval(read, readEveryMs);
  const killer = setTimeout(() => child.kill('SIGKILL'), load.durationMs + load.timeoutMs + graceMs);
  const result = outputOf(child)
    .then(async (output) => {
      const endedAt = monotonicMs();
      read();
      const summary = parseSummary(output);
      if (summary === null) throw endedWithoutResult(child, output);
      const refused = attemptFails() - refusedBefore;
      const cpuMs = clock.totalMs();
      return resultOf({ summary, load, startedAt, endedAt, sent, refused, cpuMs, version: await version() });
    })
    .finally(() => {
      clearInterval(reader);
      clearTimeout(killer);
      clock.stop();
      rmSync(folder, { recursive: true, force: true });
    });
  // On SIGINT wrk ends its load and prints what it has.
  return { result, stop: () => void child.kill('SIGINT') };
}

const watched: ReadonlySet<string> = new Set(['Tcp.OutSegs', 'Tcp.AttemptFails']);

export function wrkArguments(load: LoadSpec, target: Target, script: string): string[] {
  const connections = load.arrival.loop === 'closed' ? load.arrival.concurrency : load.threads;
  return [
    ...['-c', String(connections), '-t', String(load.threads), '-d', `${Math.ceil(load.durationMs / 1000)}s`],
    ...['--timeout', `${Math.max(1, Math.ceil(load.timeoutMs / 1000))}s`, '--latency', '-s', script],
    `http://${target.address}:${target.port}${load.path}`,
  ];
}

function outputOf(child: ChildProcess): Promise<string> {
  let output = '';
  const keep = (text: string) => {
    output += text;
  };
  child.stdout?.setEncoding('utf8').on('data', keep);
  child.stderr?.setEncoding('utf8').on('data', keep);
  return new Promise((resolve, reject) => {
    child.once('close', () => resolve(output));
    child.once('error', (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === 'ENOENT';
      reject(
        new HarnessError(isMissing ? 'MISSING_PROGRAM' : 'WRK_FAILED', isMissing ? 'wrk is not installed' : 'wrk', {
          exitCode: exitCode.unavailable,
          hint: installLine(['wrk']),
          cause: error,
        }),
      );
    });
  });
}

function endedWithoutResult(child: ChildProcess, output: string): HarnessError {
  const how = child.signalCode === null ? `code ${child.exitCode}` : child.signalCode;
  return new HarnessError('WRK_FAILED', `wrk ended without a result (${how})`, { cause: output.trim().slice(-500) });
}

/** wrk prints its version with its usage, and exits with 1. */
async function version(): Promise<string | null> {
  return wrkVersion(await outputOf(spawn('wrk', ['-v'], { stdio: ['ignore', 'pipe', 'pipe'] })).catch(() => ''));
}

interface Ended {
  summary: WrkSummary;
  load: LoadSpec;
  startedAt: number;
  endedAt: number;
  sent: readonly SentReading[];
  /** Growth of Tcp.AttemptFails: connects that sent a SYN and were refused or given up. */
  refused: number;
  cpuMs: number | null;
  version: string | null;
}

/**
 * wrk counts requests: an attempt is a request, and an answer of whatever status completes it. It names no
 * errno; a connect() that failed without a SYN, on a stack with a route, found no port: EADDRNOTAVAIL.
 */
export function resultOf(ended: Ended): LoadResult {
  const { summary, load, startedAt, endedAt, sent, cpuMs, version } = ended;
  const { connect, read, write } = summary.errors;
  const noPort = Math.max(0, connect - ended.refused);
  const failures: Failure[] = [
    { errno: 'EADDRNOTAVAIL', phase: 'connect' as const, count: noPort },
    { errno: 'EUNKNOWN', phase: 'connect' as const, count: connect - noPort },
    { errno: 'EUNKNOWN', phase: 'response' as const, count: read },
    { errno: 'EUNKNOWN', phase: 'request' as const, count: write },
  ].filter((failure) => failure.count > 0);
  const connections = load.arrival.loop === 'closed' ? load.arrival.concurrency : load.threads;
  return {
    attempts: summary.requests + connect + read + write,
    connected: null,
    completed: summary.requests,
    answers: summary.requests,
    inFlight: 0,
    failedAfterConnect: read + write,
    failures,
    connectCallUs: null,
    connectLatencyUs: null,
    requestLatencyUs: latencyOf(summary),
    scheduleLagUs: null,
    startedAt,
    endedAt,
    // wrk does not say when an error came.
    firstFailures: [],
    cpuMs,
    blindSpots: blindSpots(summary, activity(sent), { connections, noPort }),
    engineVersion: version,
    transport: null,
  };
}
