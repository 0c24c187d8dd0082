import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { ProcessName } from '../model/observation.ts';
import { allPids, namespaceOf } from './target.ts';

/** Which processes have which sockets open. */
export interface SocketOwners {
  /** By inode; of several processes the one with the lowest pid, which is usually the parent. */
  owners: ReadonlyMap<number, ProcessName>;
  /** Processes of this network namespace. */
  processes: ReadonlyMap<number, ProcessName>;
  /** Processes whose open files this user may not list, in this namespace or in one that cannot be told. */
  unreadable: number;
  /** Other network namespaces that processes of this machine are in. */
  otherNamespaces: number;
}

/**
 * Reads /proc/PID/fd of every process of the network namespace. `wanted`: inodes to find; none: reads no open files.
 * `ours`: processes of the observation itself, which opened no connection there.
 */
export function readOwners(
  namespace: string | null,
  wanted: ReadonlySet<number>,
  ours: ReadonlySet<number>,
): SocketOwners {
  const owners = new Map<number, ProcessName>();
  const processes = new Map<number, ProcessName>();
  let unreadable = 0;
  const others = new Set<string>();
  for (const pid of allPids()) {
    const own = namespaceOf(pid);
    if (own === null && isThere(pid)) unreadable++;
    if (own !== null && own !== namespace) others.add(own);
    if (own === null || own !== namespace) continue;
    const found = { pid, name: nameOf(pid), container: containerOf(pid) };
    if (!ours.has(pid)) processes.set(pid, found);
    if (wanted.size === 0) continue;
    try {
      for (const inode of socketsOf(pid)) if (wanted.has(inode) && !owners.has(inode)) owners.set(inode, found);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') unreadable++;
    }
  }
  return { owners, processes, unreadable, otherNamespaces: others.size };
}

function* socketsOf(pid: number): Generator<number> {
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    let target = '';
    try {
      target = readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      continue;
    }
    if (target.startsWith('socket:[')) yield Number(target.slice(8, -1));
  }
}

function isThere(pid: number): boolean {
  try {
    // Kernel threads have no command line, and no sockets of their own.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

/** What another user's process calls itself is printed: only printable characters of it. */
function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8')
      .trim()
      .replace(/[^\x20-\x7e]/g, '?');
  } catch {
    return '?';
  }
}

/** First 12 digits of a container's id, in its control group's path as Docker, podman and containerd name it. */
export function containerIn(cgroup: string): string | null {
  return (
    /(?:docker|libpod|crio|cri-containerd|containers|kubepods)[^\n]*?\b([0-9a-f]{12})[0-9a-f]{52}\b/.exec(
      cgroup,
    )?.[1] ?? null
  );
}

function containerOf(pid: number): string | null {
  try {
    return containerIn(readFileSync(`/proc/${pid}/cgroup`, 'utf8'));
  } catch {
    return null;
  }
}
