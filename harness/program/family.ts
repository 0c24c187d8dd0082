import { readdirSync, readFileSync } from 'node:fs';
import { childrenOf, innermostPidOf } from '../probe/process-tree.ts';

/**
 * All processes that a program has started, and itself: its descendants, and those of them whose parent has ended and
 * that this process, the first of its pid namespace, has inherited. Such an orphan is known by an environment variable
 * that the program was given. Process groups are not enough: setsid, timeout and daemons leave theirs.
 */
export class Family {
  private readonly mark: string;
  /** Time on a CPU of each thread at the last look, ns. */
  private seen = new Map<string, number>();

  /** `mark`: `NAME=` of a variable that only the program's environment has. */
  constructor(mark: string) {
    this.mark = mark;
  }

  /** Numbers by which /proc knows them. */
  members(): number[] {
    const roots = childrenOf('self').filter((pid) => this.isMarked(pid));
    const all: number[] = [];
    for (let next = roots; next.length > 0; next = next.flatMap((pid) => childrenOf(pid))) all.push(...next);
    return all.filter(isRunning);
  }

  kill(): void {
    for (const pid of this.members()) {
      const own = innermostPidOf(pid);
      if (own === null || own <= 1) continue;
      try {
        process.kill(own, 'SIGKILL');
      } catch {
        // It ended by itself meanwhile.
      }
    }
  }

  /** CPU time that its threads have used since the last call, ms, to the nanosecond: a tick of 10 ms hides a retry. */
  workedMs(): number {
    let gained = 0;
    const now = new Map<string, number>();
    for (const pid of this.members()) {
      for (const thread of threadsOf(pid)) {
        const key = `${pid}/${thread}`;
        const ns = onCpuNs(`/proc/${pid}/task/${thread}/schedstat`);
        if (ns === null) continue;
        now.set(key, ns);
        gained += ns - (this.seen.get(key) ?? 0);
      }
    }
    this.seen = now;
    return gained / 1e6;
  }

  private isMarked(pid: number): boolean {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1')
        .split('\0')
        .some((variable) => variable.startsWith(this.mark));
    } catch {
      return false;
    }
  }
}

/** A zombie has ended, and waits for a parent that does not look. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** First field of schedstat: time on a CPU, ns (Documentation/scheduler/sched-stats.rst). */
function onCpuNs(file: string): number | null {
  try {
    return Number(readFileSync(file, 'latin1').split(' ')[0]);
  } catch {
    return null;
  }
}
