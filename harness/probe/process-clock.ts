import { readFileSync } from 'node:fs';

/** proc(5): utime and stime count in ticks of USER_HZ, which is 100 on every Linux that Node runs on. */
const msPerTick = 10;
const everyMs = 1000;

/** CPU of whole processes, all their threads, from /proc/PID/stat. */
export class ProcessClock {
  private readonly processes = new Map<string, { pid: number; firstMs: number; lastMs: number }>();
  private lastAt = performance.now();
  private readonly timer: NodeJS.Timeout;

  /** `onBusy` takes busy cores by name once a second; a program with two busy threads says 2. */
  constructor(onBusy: (busy: Record<string, number>) => void) {
    this.timer = setInterval(() => {
      const now = performance.now();
      const busy: Record<string, number> = {};
      for (const [name, process] of this.processes) {
        const ms = processCpuMs(process.pid);
        if (ms === null) continue;
        busy[name] = Math.round(((ms - process.lastMs) / (now - this.lastAt)) * 1000) / 1000;
        process.lastMs = ms;
      }
      this.lastAt = now;
      if (Object.keys(busy).length > 0) onBusy(busy);
    }, everyMs);
    this.timer.unref();
  }

  watch(name: string, pid: number | undefined): void {
    const ms = pid === undefined ? null : processCpuMs(pid);
    if (pid !== undefined && ms !== null) this.processes.set(name, { pid, firstMs: ms, lastMs: ms });
  }

  /** CPU since watching began, as last read: a process that has ended can no longer be asked. `null`: never read. */
  totalMs(): number | null {
    const all = [...this.processes.values()];
    return all.length === 0 ? null : all.reduce((sum, one) => sum + one.lastMs - one.firstMs, 0);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

/** User and system time of a process so far; `null`: it is gone. */
export function processCpuMs(pid: number): number | null {
  try {
    return cpuMsOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

/** The name, second, is in parentheses and may hold anything: fields are counted from the last ')'. */
export function cpuMsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}
