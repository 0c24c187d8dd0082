import { readdirSync, readFileSync } from 'node:fs';

/** Pids of a process's children in /proc; none if it has ended, or the kernel lacks CONFIG_PROC_CHILDREN. */
export function childrenOf(pid: number | 'self'): number[] {
  const threads = orNone(() => readdirSync(`/proc/${pid}/task`));
  return threads.flatMap((thread) =>
    orNone(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number)),
  );
}

/** A process or thread may end between two reads. */
function orNone<T>(read: () => T[]): T[] {
  try {
    return read();
  } catch {
    return [];
  }
}

/**
 * The pid under which /proc lists a child of this process. In a pid namespace with the machine's /proc it differs from
 * the pid that we know, which belongs to another process there. `null`: not found.
 */
export function pidInProc(childPid: number): number | null {
  for (const pid of childrenOf('self')) {
    if (innermostPidOf(pid) === childPid) return pid;
  }
  return null;
}

/** Its pid in its own, innermost pid namespace, as kill(2) expects it there; `null`: it has ended. */
export function innermostPidOf(pid: number): number | null {
  try {
    return innermostPid(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return null;
  }
}

/** proc_pid_status(5): NSpid lists a process's pid in each pid namespace, the innermost last. */
function innermostPid(status: string): number | null {
  const numbers = /^NSpid:\s*(.+)$/m.exec(status)?.[1];
  return numbers === undefined ? null : Number(numbers.split(/\s+/).at(-1));
}
