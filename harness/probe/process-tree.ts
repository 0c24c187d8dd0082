import { readdirSync, readFileSync } from 'node:fs';

/** Numbers that /proc knows a process's children by; none where it is gone, or the kernel lacks CONFIG_PROC_CHILDREN. */
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
 * The number under which /proc has a child of this process. In a pid namespace with the machine's /proc it is
 * another than the one we know, and ours is somebody else's there. `null`: not to be found.
 */
export function pidInProc(childPid: number): number | null {
  for (const pid of childrenOf('self')) {
    if (innermostPidOf(pid) === childPid) return pid;
  }
  return null;
}

/** Its number in its own, innermost pid namespace, as kill(2) takes it there; `null`: it is gone. */
export function innermostPidOf(pid: number): number | null {
  try {
    return innermostPid(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return null;
  }
}

/** proc_pid_status(5): NSpid lists a process's number in each pid namespace, the innermost last. */
function innermostPid(status: string): number | null {
  const numbers = /^NSpid:\s*(.+)$/m.exec(status)?.[1];
  return numbers === undefined ? null : Number(numbers.split(/\s+/).at(-1));
}
