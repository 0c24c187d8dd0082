import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installLine } from '../../components/table.ts';
import { endpointText } from '../../model/address.ts';
import { HarnessError } from '../../model/errors.ts';
import type { Failure, LoadResult } from '../../model/journal.ts';
import type { Target } from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import { monotonicMs } from '../../probe/clock.ts';
import { readCounters } from '../../probe/stack-reader.ts';
import { makeTemporary } from '../../probe/temporary.ts';
import { endText, type ProgramEnd, ProgramRun } from '../../program/program-run.ts';
import { handOver } from '../../rights/program-rights.ts';
import { noLatencies } from '../counts.ts';
import type { Engine, EngineRun, RunningLoad } from '../engine.ts';
import { blindSpots } from './blind-spots.ts';
import { activity, type SentReading } from './dead-time.ts';
import { latencyOf, parseSummary, reportScript, type WrkSummary, wrkVersion } from './report-script.ts';
import { wrkTraits } from './traits.ts';

/** How long wrk may take to end by itself after the load's duration. */
const graceMs = 3000;
const readEveryMs = 200;

export const wrkEngine: Engine = {
  traits: wrkTraits,
  start: startWrk,
};

function startWrk(run: EngineRun): RunningLoad {
  const { load } = run;
  const folder = makeTemporary('wrk');
  const script = join(folder, 'report.lua');
  writeFileSync(script, reportScript);
  handOver(folder);
  const startedAt = monotonicMs();
  let summary: WrkSummary | null = null;
  const program = startProgram(wrkArguments(load, run.targets[0] as Target, script), run.onBusy, (line) => {
    summary = parseSummary(line) ?? summary;
  });
  const sent: SentReading[] = [];
  const attemptFails = () => readCounters(watched)['Tcp.AttemptFails'] ?? 0;
  const read = () => sent.push({ at: monotonicMs(), segments: readCounters(watched)['Tcp.OutSegs'] ?? 0 });
  const refusedBefore = attemptFails();
  read();
  const reader = setInterval(read, readEveryMs);
  program.stopAfter(load.durationMs + load.timeoutMs + graceMs, 'SIGKILL', 0);
  const result = program.ended
    .then(async (end) => {
      read();
      if (summary === null) throw endedWithoutResult(end, program.lastLines());
      const refused = attemptFails() - refusedBefore;
      const times = { startedAt, endedAt: end.at };
      return resultOf({ ...times, summary, load, sent, refused, cpuMs: program.cpuMs(), version: await version() });
    })
    .finally(() => {
      clearInterval(reader);
      rmSync(folder, { recursive: true, force: true });
    });
  // On SIGINT wrk ends its load and prints its results so far.
  return { result, stop: () => program.stop('SIGINT', graceMs) };
}

function startProgram(
  args: readonly string[],
  onBusy: EngineRun['onBusy'],
  onLine: (line: string) => void,
): ProgramRun {
  const installHint = installLine(['wrk']);
  return new ProgramRun({ name: 'wrk', command: 'wrk', args, onBusy, onLine, onErrorLine: onLine, installHint });
}

const watched: ReadonlySet<string> = new Set(['Tcp.OutSegs', 'Tcp.AttemptFails']);

export function wrkArguments(load: LoadSpec, target: Target, script: string): string[] {
  const connections = load.arrival.loop === 'closed' ? load.arrival.concurrency : load.threads;
  return [
    ...['-c', String(connections), '-t', String(load.threads), '-d', `${Math.ceil(load.durationMs / 1000)}s`],
    ...['--timeout', `${Math.max(1, Math.ceil(load.timeoutMs / 1000))}s`, '--latency', '-s', script],
    `http://${endpointText(target)}${load.path}`,
  ];
}

function endedWithoutResult(end: ProgramEnd, lines: readonly string[]): HarnessError {
  return new HarnessError('WRK_FAILED', `wrk ${endText(end)} without a result`, { cause: lines.join(' · ') });
}

/** wrk prints its version with its usage message, and exits with code 1. */
async function version(): Promise<string | null> {
  let found: string | null = null;
  const usage = startProgram(
    ['-v'],
    () => {},
    (line) => {
      found ??= wrkVersion(line);
    },
  );
  await usage.ended.catch(() => null);
  return found;
}

interface Ended {
  summary: WrkSummary;
  load: LoadSpec;
  startedAt: number;
  endedAt: number;
  sent: readonly SentReading[];
  /** Growth of Tcp.AttemptFails: connections that sent a SYN and were refused or timed out. */
  refused: number;
  cpuMs: number | null;
  version: string | null;
}

/**
 * wrk counts requests: an attempt is a request, and an answer of any status completes it. It reports no errno; a
 * connect() that failed without a SYN although there is a route found no free port: EADDRNOTAVAIL.
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
    ...noLatencies,
    attempts: summary.requests + connect + read + write,
    connected: null,
    completed: summary.requests,
    answers: summary.requests,
    // wrk does not report the requests in flight at the end.
    inFlight: null,
    failedAfterConnect: read + write,
    failures,
    requestLatencyUs: latencyOf(summary),
    startedAt,
    endedAt,
    // wrk does not report when an error occurred.
    firstFailures: [],
    cpuMs,
    blindSpots: blindSpots(summary, activity(sent), { connections, noPort }),
    engineVersion: version,
    transport: null,
  };
}
