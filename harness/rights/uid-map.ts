import { readFileSync } from 'node:fs';

/** /proc/self/uid_map: ids inside, ids outside, how many (user_namespaces(7)). Empty: not read. */
export function readUidMap(): string {
  try {
    return readFileSync('/proc/self/uid_map', 'utf8');
  } catch {
    return '';
  }
}

function ranges(map: string): number[][] {
  return map
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter((row) => row.length === 3);
}

/** Whether a process here can become this user: a namespace of one user has no other. True where it was not read. */
export function isMapped(uid: number, map = readUidMap()): boolean {
  const all = ranges(map);
  return all.length === 0 || all.some(([inside = 0, , count = 0]) => uid >= inside && uid < inside + count);
}

/** Whether uid 0 here is root of the machine, and not of a user namespace, such as a rootless container's. */
export function isMachineRoot(euid = process.geteuid?.(), map = readUidMap()): boolean {
  const [first] = ranges(map);
  return euid === 0 && (first === undefined || (first[0] === 0 && first[1] === 0 && (first[2] ?? 0) >= 2 ** 31));
}
