import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LoadResult } from '../../model/journal.ts';
import type { Target } from '../../model/protocol.ts';
import { BusyClock, childCpu } from '../../probe/busy-clock.ts';
import { monotonicMs } from '../../probe/clock.ts';
import { readCounters } from '../../probe/stack-reader.ts';
import type { Engine, EngineRun, RunningLoad } from '../engine.ts';
import { clientEnvironment, fillIn, splitCommandLine } from './command-line.ts';
import { type ClientLine, parseClientLine } from './lines.ts';
import { kernelCounts, Tally } from './tally.ts';
import { ownProgram, programTraits } from './traits.ts';

/** After the load's time the program is asked to end; after as much again it is made to. */
const graceMs = 2000;
const intervalMs = 200;

export const programEngine: Engine = {
  traits: programTraits,
  start: startProgram,
};

function startProgram(run: EngineRun): RunningLoad {
  const { load } = run;
  const target = run.targets[0] as Target;
  const [program = '', ...args] = splitCommandLine(String(load.parameters.command)).map((word) =>
    fillIn(word, target, load.path),
  );
  const child = spawn(program === ownProgram ? ownProgramFile() : program, args, {
    env: { ...process.env, ...clientEnvironment(load, run.targets) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const clock = new BusyClock(run.onBusy);
  clock.watch('client', childCpu(child.pid));
  const startedAt = monotonicMs();
  const before = readCounters();
  const tally = new Tally();
  let reported = kernelCounts(before, before);
  let lastAt = startedAt;
  let words = '';
  let end: Extract<ClientLine, { type: 'end' }> | null = null;
  const none = { connectCallUs: null, connectLatencyUs: null, requestLatencyUs: null, scheduleLagUs: null };
  const emit = (counts: Parameters<EngineRun['onInterval']>[0] | ReturnType<Tally['add']>, at: number) => {
    run.onInterval({ ...none, ...counts, at, intervalMs: at - lastAt });
    lastAt = at;
  };
  child.stdin.on('error', () => {});
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2000);
  });
  // A program that prints no counts is watched from outside, at the same pace.
  const ticker = setInterval(() => {
    if (tally.hasCounts) return;
    const counts = kernelCounts(before, readCounters());
    const at = monotonicMs();
    emit(
      {
        ...counts,
        attempts: counts.attempts - reported.attempts,
        completed: Math.max(0, counts.completed - reported.completed),
        failures: [],
      },
      at,
    );
    reported = counts;
  }, intervalMs);
  const asked = setTimeout(() => child.kill('SIGTERM'), load.durationMs + graceMs);
  const killed = setTimeout(() => child.kill('SIGKILL'), load.durationMs + 2 * graceMs);
  const result = new Promise<LoadResult>((resolve, reject) => {
    const finish = () => {
      clearInterval(ticker);
      clearTimeout(asked);
      clearTimeout(killed);
      const endedAt = monotonicMs();
      const rest = { ...none, startedAt, endedAt, cpuMs: clock.totalMs(), engineVersion: end?.version ?? null };
      clock.stop();
      if (tally.hasCounts) {
        const requestLatencyUs = end?.requestLatencyUs ?? null;
        resolve({ ...rest, ...tally.totals(), requestLatencyUs, transport: program, blindSpots: [] });
        return;
      }
      const counts = kernelCounts(before, readCounters());
      resolve({ ...rest, ...counts, firstFailures: [], countedBy: 'kernel', transport: program, blindSpots });
    };
    // A program that says it has ended its load stays, with its connections, until the peer ends.
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = parseClientLine(text);
      if (line?.type === 'interval') emit(tally.add(line, monotonicMs()), monotonicMs());
      else if (line?.type === 'gauge') run.onGauge(line.values);
      else if (line?.type === 'end') {
        end = line;
        finish();
      }
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const wasAsked = signal !== null || monotonicMs() - startedAt >= load.durationMs;
      if (code === 0 || wasAsked || end !== null) finish();
      else reject(new Error(`${program} ended with code ${code}: ${words.trim()}`));
    });
  });
  return { result, stop: () => void child.kill('SIGTERM') };
}

const blindSpots = [
  'the program prints no counts: connections are those of its stack, answers and errors are not seen',
  'a connect() that failed for want of a port is in no counter',
];

function ownProgramFile(): string {
  return join(process.env.TIMEWAIT_LAB_PROGRAMS ?? __dirname, ownProgram);
}
