import { readdirSync, readFileSync } from 'node:fs';

/** proc(5): utime and stime count in ticks of USER_HZ, which is 100 on every Linux that Node runs on. */
const msPerTick = 10;
const everyMs = 1000;

/** CPU of child processes, each with all its threads, from /proc/PID/stat. */
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

  watch(name: string, childPid: number | undefined): void {
    const pid = childPid === undefined ? null : pidInProc(childPid);
    const ms = pid === null ? null : processCpuMs(pid);
    if (pid !== null && ms !== null) this.processes.set(name, { pid, firstMs: ms, lastMs: ms });
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

/**
 * The number under which /proc has a child of this process. In a pid namespace with the machine's /proc it is
 * another than the one we know, and ours is somebody else's there. `null`: not to be found.
 */
export function pidInProc(childPid: number): number | null {
  try {
    for (const thread of readdirSync('/proc/self/task')) {
      for (const pid of readFileSync(`/proc/self/task/${thread}/children`, 'utf8').trim().split(' ')) {
        if (pid !== '' && innermostPid(readFileSync(`/proc/${pid}/status`, 'utf8')) === childPid) return Number(pid);
      }
    }
  } catch {
    // A thread or child that ended meanwhile, or a kernel without CONFIG_PROC_CHILDREN.
  }
  return null;
}

/** proc_pid_status(5): NSpid lists a process's number in each pid namespace, the innermost last. */
function innermostPid(status: string): number | null {
  const numbers = /^NSpid:\s*(.+)$/m.exec(status)?.[1];
  return numbers === undefined ? null : Number(numbers.split(/\s+/).at(-1));
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
