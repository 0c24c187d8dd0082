import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { childrenOf, pidInProc } from './process-tree.ts';

/** proc(5): utime and stime count in ticks of USER_HZ, which is 100 on every Linux that Node runs on. */
const msPerTick = 10;
const everyMs = 1000;

/** CPU time used so far, ms; `null`: the thread or process has ended, or cannot be read. */
export type CpuReader = () => number | null;

/** Measures how busy threads and processes are: once a second, and in total. */
export class BusyClock {
  private readonly watched = new Map<string, { read: CpuReader; firstMs: number; lastMs: number }>();
  private lastAt = performance.now();
  private readonly timer: NodeJS.Timeout;

  /** `onBusy` receives busy cores by name since its last call; 2 for a program with two busy threads. */
  constructor(onBusy: (busy: Record<string, number>) => void) {
    this.timer = setInterval(() => {
      const now = performance.now();
      const busy: Record<string, number> = {};
      for (const [name, one] of this.watched) {
        const ms = one.read();
        if (ms === null) continue;
        busy[name] = Math.round(((ms - one.lastMs) / (now - this.lastAt)) * 1000) / 1000;
        one.lastMs = ms;
      }
      this.lastAt = now;
      if (Object.keys(busy).length > 0) onBusy(busy);
    }, everyMs);
    this.timer.unref();
  }

  /** Starts watching; what cannot be read is left out. */
  watch(name: string, read: CpuReader): void {
    const ms = read();
    if (ms !== null) this.watched.set(name, { read, firstMs: ms, lastMs: ms });
  }

  /** Total CPU time since watching began; for what has ended, up to its last reading. `null`: never read. */
  totalMs(): number | null {
    const all = [...this.watched.values()];
    return all.length === 0 ? null : all.reduce((sum, one) => sum + (one.read() ?? one.lastMs) - one.firstMs, 0);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

/** Kernel thread id, for /proc/self/task; `null` without /proc. */
export function kernelThreadId(): number | null {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').pop());
  } catch {
    return null;
  }
}

/** A thread of this process by kernel id: first field of /proc/self/task/TID/schedstat, ns on a CPU (proc(5)). */
export function threadCpu(id: number | null): CpuReader {
  return () => {
    if (id === null) return null;
    try {
      return Number(readFileSync(`/proc/self/task/${id}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    } catch {
      return null;
    }
  };
}

/**
 * The busiest thread of a child process at each reading; adds up its shares. A program in which one thread accepts all
 * connections is saturated when that thread is, however many cores it could use.
 */
export function busiestThreadCpu(childPid: number | undefined): CpuReader {
  const pid = childPid === undefined ? null : pidInProc(childPid);
  let before = pid === null ? null : threadsCpuMs(pid);
  let sum = 0;
  return () => {
    const now = pid === null ? null : threadsCpuMs(pid);
    if (now === null) return null;
    sum += mostGained(before ?? new Map(), now);
    before = now;
    return sum;
  };
}

/** The largest growth of any thread. A new thread has used all of its CPU time since. */
export function mostGained(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): number {
  return Math.max(0, ...[...now].map(([id, ms]) => ms - (before.get(id) ?? 0)));
}

/** CPU time of each thread so far; `null`: the process has ended. */
function threadsCpuMs(pid: number): Map<string, number> | null {
  const threads = new Map<string, number>();
  try {
    for (const id of readdirSync(`/proc/${pid}/task`)) {
      const ms = cpuMsIn(`/proc/${pid}/task/${id}/stat`);
      if (ms !== null) threads.set(id, ms);
    }
  } catch {
    return null;
  }
  return threads;
}

/**
 * A child process with all its threads and descendants, including those already reaped (proc(5): cutime, cstime).
 * The CPU time of an orphan is lost, so the highest sum counts.
 */
export function treeCpu(childPid: number | undefined): CpuReader {
  const pid = childPid === undefined ? null : pidInProc(childPid);
  let most = 0;
  return () => {
    const sum = pid === null ? null : treeCpuMs(pid);
    if (sum === null) return null;
    most = Math.max(most, sum);
    return most;
  };
}

/** The part of a child process's CPU time that the kernel used on its behalf: its system calls, such as connect(). */
export function kernelCpu(childPid: number | undefined): CpuReader {
  const pid = childPid === undefined ? null : pidInProc(childPid);
  return () => (pid === null ? null : cpuMsIn(`/proc/${pid}/stat`, kernelMsOf));
}

function treeCpuMs(pid: number): number | null {
  const own = cpuMsIn(`/proc/${pid}/stat`, cpuWithChildrenMsOf);
  if (own === null) return null;
  return childrenOf(pid).reduce((sum, child) => sum + (treeCpuMs(child) ?? 0), own);
}

function cpuMsIn(file: string, read = cpuMsOf): number | null {
  try {
    return read(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** User and system time of a process, from its /proc/PID/stat. */
export function cpuMsOf(stat: string): number {
  return (field(stat, 14) + field(stat, 15)) * msPerTick;
}

/** System time of a process, from its /proc/PID/stat. */
export function kernelMsOf(stat: string): number {
  return field(stat, 15) * msPerTick;
}

/** … plus that of its reaped children. */
export function cpuWithChildrenMsOf(stat: string): number {
  return cpuMsOf(stat) + (field(stat, 16) + field(stat, 17)) * msPerTick;
}

/**
 * Fields by their numbers in proc(5). The second, the name, is in parentheses and may contain anything: counted from
 * the last ')'.
 */
function field(stat: string, number: number): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[number - 3]);
}
