import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { childrenOf, pidInProc } from './process-tree.ts';

/** proc(5): utime and stime count in ticks of USER_HZ, which is 100 on every Linux that Node runs on. */
const msPerTick = 10;
const everyMs = 1000;

/** CPU that something has used so far, ms; `null`: it has ended, or cannot be read. */
export type CpuReader = () => number | null;

/** How busy threads and processes are: says it once a second, and in all. */
export class BusyClock {
  private readonly watched = new Map<string, { read: CpuReader; firstMs: number; lastMs: number }>();
  private lastAt = performance.now();
  private readonly timer: NodeJS.Timeout;

  /** `onBusy` takes busy cores by name since the last call; a program with two busy threads says 2. */
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

  /** From now on; something that cannot be read is left out. */
  watch(name: string, read: CpuReader): void {
    const ms = read();
    if (ms !== null) this.watched.set(name, { read, firstMs: ms, lastMs: ms });
  }

  /** CPU since watching began, all together; of what has ended, up to its last second. `null`: never read. */
  totalMs(): number | null {
    const all = [...this.watched.values()];
    return all.length === 0 ? null : all.reduce((sum, one) => sum + (one.read() ?? one.lastMs) - one.firstMs, 0);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

/** Thread id of the kernel, for /proc/self/task; `null` without /proc. */
export function kernelThreadId(): number | null {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').pop());
  } catch {
    return null;
  }
}

/** A thread of this process by its kernel id: first field of /proc/self/task/TID/schedstat, ns on a CPU (proc(5)). */
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
 * The busiest thread of a child process, whichever it is each time; sums up its shares. A program with a thread that
 * does all its accepting is full when that thread is, however many cores it might use.
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

/** What the thread that gained most has gained. One that is new has used all of its CPU since. */
export function mostGained(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): number {
  return Math.max(0, ...[...now].map(([id, ms]) => ms - (before.get(id) ?? 0)));
}

/** CPU of each thread so far; `null`: the process is gone. */
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
 * A child process with all its threads and descendants, those that were waited for included (proc(5): cutime, cstime).
 * What an orphan used is in nobody's time any more: the highest sum counts.
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

/** … and of its children that it has waited for. */
export function cpuWithChildrenMsOf(stat: string): number {
  return cpuMsOf(stat) + (field(stat, 16) + field(stat, 17)) * msPerTick;
}

/** Fields by their numbers in proc(5). The name, second, is in parentheses and may hold anything: counted from the last ')'. */
function field(stat: string, number: number): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[number - 3]);
}
