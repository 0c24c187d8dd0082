import { join } from 'node:path';
import type { LoadResult } from '../../model/journal.ts';
import { monotonicMs } from '../../probe/clock.ts';
import { endText, ProgramRun } from '../../program/program-run.ts';
import { noLatencies } from '../counts.ts';
import type { Engine, EngineRun, RunningLoad } from '../engine.ts';
import { KernelCount, kernelBlindSpot } from '../kernel-counts.ts';
import { clientEnvironment, fillIn, splitCommandLine } from './command-line.ts';
import { Gauges } from './gauges.ts';
import { type ClientLine, parseClientLine } from './lines.ts';
import { Tally } from './tally.ts';
import { ownProgram, programTraits } from './traits.ts';

/** This long after the load's time the program is asked to end … */
const graceMs = 800;
/** … and this long after that it is made to: within 2 s of the load's end it is gone. */
const killMs = 600;
/** Its own counts are passed on this often, however often it prints. */
const tickMs = 100;
/** A program that prints none is counted by its stack every so many ticks. */
const ticksPerKernelCount = 2;

export const programEngine: Engine = {
  traits: programTraits,
  start: startProgram,
};

function startProgram(run: EngineRun): RunningLoad {
  const { load } = run;
  const [command = '', ...args] = splitCommandLine(String(load.parameters.command)).map((word) =>
    fillIn(word, run.targets, load.path),
  );
  const startedAt = monotonicMs();
  const kernel = new KernelCount();
  const tally = new Tally();
  const gauges = new Gauges();
  let lastAt = startedAt;
  let invalid: { count: number; first: string } | null = null;
  let onEndLine: (line: Extract<ClientLine, { type: 'end' }>) => void = () => {};
  const program = new ProgramRun({
    name: 'client',
    command: command === ownProgram ? ownProgramFile() : command,
    args,
    env: clientEnvironment(load, run.targets),
    onBusy: run.onBusy,
    onLine(text) {
      const line = parseClientLine(text);
      if (line === 'invalid') invalid = { first: text.slice(0, 200), ...invalid, count: (invalid?.count ?? 0) + 1 };
      else if (line?.type === 'interval') tally.add(line, monotonicMs());
      else if (line?.type === 'gauge') gauges.add(line.values);
      else if (line?.type === 'end') onEndLine(line);
    },
  });
  const report = () => {
    const values = gauges.take();
    if (values !== null) run.onGauge(values);
    const counts = tally.take();
    if (counts === null) return;
    const at = monotonicMs();
    run.onInterval({ ...noLatencies, ...counts, at, intervalMs: at - lastAt });
    lastAt = at;
  };
  let ticks = 0;
  const ticker = setInterval(() => {
    report();
    if (!tally.hasCounts && ++ticks % ticksPerKernelCount === 0) run.onInterval(kernel.interval());
  }, tickMs);
  program.stopAfter(load.durationMs + graceMs, 'SIGTERM', killMs);
  const resultOf = (endedAt: number, line: Extract<ClientLine, { type: 'end' }> | null): LoadResult => {
    const rest = { ...noLatencies, startedAt, endedAt, transport: command, engineVersion: line?.version ?? null };
    const said =
      invalid === null ? [] : [`${invalid.count} lines of its counts were not valid, the first: ${invalid.first}`];
    if (tally.hasCounts) {
      const requestLatencyUs = line?.requestLatencyUs ?? null;
      return { ...rest, ...tally.totals(), requestLatencyUs, cpuMs: program.cpuMs(), blindSpots: said };
    }
    const counts = kernel.total();
    const countedBy = 'kernel' as const;
    const spots = [...said, ...blindSpots];
    return { ...rest, ...counts, firstFailures: [], countedBy, cpuMs: program.cpuMs(), blindSpots: spots };
  };
  const result = new Promise<LoadResult>((resolve, reject) => {
    // A program that says it has ended its load stays, with its connections, until the peer ends.
    onEndLine = (line) => {
      program.release();
      report();
      resolve(resultOf(monotonicMs(), line));
    };
    program.ended.then((end) => {
      report();
      const isOver = end.at - startedAt >= load.durationMs;
      if (end.code === 0 || end.isOurs || (isOver && end.signal === null)) resolve(resultOf(end.at, null));
      else reject(new Error([`${command} ${endText(end)}`, ...program.lastLines()].join(' · ')));
    }, reject);
  }).finally(() => clearInterval(ticker));
  return { result, stop: () => program.stop('SIGTERM', killMs) };
}

const blindSpots = [
  'the program prints no counts: connections are those of its stack, answers and errors are not seen',
  kernelBlindSpot,
];

function ownProgramFile(): string {
  return join(process.env.TIMEWAIT_LAB_PROGRAMS ?? __dirname, ownProgram);
}
