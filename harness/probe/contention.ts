import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { monotonicMs } from './clock.ts';

/** Totals of the machine at one instant; the difference of two shows what happened in between. `null`: not readable. */
export interface ContentionReading {
  at: number;
  /** Time in which some task waited for a CPU, µs. Source: /proc/pressure/cpu (PSI, Linux 4.20+). */
  waitingUs: number | null;
  /** CPU time stolen by the hypervisor, ms over all cores. Source: /proc/stat. */
  stolenMs: number | null;
}

export interface Contention {
  /** Share of the time in which some task waited for a CPU, 0…1. */
  waiting: number | null;
  /** Tasks that ran or waited to run, per core, mean of the readings. */
  runnable: number | null;
  /** Share of all cores' time that was stolen, 0…1. */
  stolen: number | null;
}

export function parsePressure(text: string): number | null {
  const match = /^some .*total=(\d+)/m.exec(text);
  return match ? Number(match[1]) : null;
}

/** `cpu  user nice system idle iowait irq softirq steal …` in hundredths of a second (proc(5), USER_HZ). */
export function parseStolenMs(text: string): number | null {
  const fields = /^cpu +(.*)$/m.exec(text)?.[1]?.split(' ');
  return fields?.[7] === undefined ? null : Number(fields[7]) * 10;
}

/** Runnable tasks of the whole machine at this moment, from /proc/stat `procs_running`; empty: not readable. */
export function readRunnable(): number[] {
  const count = readOrNull('/proc/stat', parseRunnable);
  return count === null ? [] : [count];
}

export function parseRunnable(text: string): number | null {
  const match = /^procs_running (\d+)$/m.exec(text);
  return match ? Number(match[1]) : null;
}

export function readContention(): ContentionReading {
  return {
    at: monotonicMs(),
    waitingUs: readOrNull('/proc/pressure/cpu', parsePressure),
    stolenMs: readOrNull('/proc/stat', parseStolenMs),
  };
}

/** `runnable`: readings of readRunnable() made in between. */
export function contentionBetween(
  a: ContentionReading,
  b: ContentionReading,
  runnable: readonly number[],
  cores = cpus().length,
): Contention {
  const spanMs = Math.max(1, b.at - a.at);
  const share = (from: number | null, to: number | null, whole: number) =>
    from === null || to === null ? null : Math.min(1, (to - from) / whole);
  return {
    waiting: share(a.waitingUs, b.waitingUs, spanMs * 1000),
    runnable: runnable.length === 0 ? null : runnable.reduce((sum, count) => sum + count, 0) / runnable.length / cores,
    stolen: share(a.stolenMs, b.stolenMs, spanMs * cores),
  };
}

function readOrNull(path: string, parse: (text: string) => number | null): number | null {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
