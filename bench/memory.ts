import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { linearRegression } from 'simple-statistics';
import { keep } from './bed-parts.ts';

/*
 * Memory of the runner and its agents over one long cell, and at its end, when the journal is read for the report.
 * BENCH_DURATION: length of the load, an hour by default.
 */

const duration = process.env.BENCH_DURATION ?? '1h';
const rate = process.env.BENCH_RATE ?? '200';
const everyMs = 10_000;
/** Caches and code are warm after this; the slope is that of the rest. */
const settledMs = 120_000;

interface Reading {
  atMs: number;
  runnerMiB: number;
  agentsMiB: number;
  journalMiB: number;
}

function residentMiB(pid: number | string): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Everything that descends from a process. */
function descendants(pid: number | string): string[] {
  let children: string[];
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  } catch {
    return [];
  }
  return children.flatMap((child) => [child, ...descendants(child)]);
}

export default async function run(): Promise<void> {
  const out = join(mkdtempSync(join(tmpdir(), 'timewait-lab-bench-')), 'run');
  const words = ['dist/cli.mjs', 'scenario', 'short-conn', '--duration', duration, '--rate', rate];
  const all = [...words, '--profiles', 'tw-reuse-1', '--out', out];
  const runner = execa(process.execPath, all, { reject: false, stdout: 'ignore', stderr: 'ignore' });
  const pid = runner.pid as number;
  const startedAt = performance.now();
  const readings: Reading[] = [];
  let ended = false;
  const done = runner.then(() => {
    ended = true;
  });
  const journal = join(out, 'journal.ndjson');
  let peakMiB = 0;
  while (!ended) {
    await Promise.race([done, sleep(readings.length === 0 ? 2000 : everyMs)]);
    const runnerMiB = residentMiB(pid);
    if (runnerMiB === 0) break;
    peakMiB = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
    const agentsMiB = descendants(pid).reduce((sum, each) => sum + residentMiB(each), 0);
    readings.push({
      atMs: performance.now() - startedAt,
      runnerMiB,
      agentsMiB,
      journalMiB: statSync(journal).size / 2 ** 20,
    });
  }
  const { exitCode } = await runner;
  const settled = readings.filter((reading) => reading.atMs > settledMs && reading.agentsMiB > 0);
  const slope = (pick: (reading: Reading) => number) =>
    linearRegression(settled.map((reading) => [reading.atMs / 3_600_000, pick(reading)])).m;
  const shown = readings.filter((_, index) => index % Math.ceil(readings.length / 13) === 0);
  const row = (reading: Reading) => [
    (reading.atMs / 60_000).toFixed(1),
    reading.runnerMiB.toFixed(0),
    reading.agentsMiB.toFixed(0),
    reading.journalMiB.toFixed(1),
  ];
  keep('memory', ['minute', 'runner MiB', 'agents MiB', 'journal MiB'], shown.map(row), { readings, exitCode }, [
    `Resident memory of \`short-conn --rate ${rate} --duration ${duration}\`, exit code ${exitCode}. Slope after ${settledMs / 60_000} minutes: runner ${slope((reading) => reading.runnerMiB).toFixed(1)} MiB/h, agents ${slope((reading) => reading.agentsMiB).toFixed(1)} MiB/h. Highest of the runner while it could be read, the report among it: ${peakMiB.toFixed(0)} MiB.`,
  ]);
}
