import { openSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SocketLook } from '../model/socket-look.ts';
import type { PortRange } from '../model/sysctls.ts';
import { monotonicMs } from '../probe/clock.ts';
import { DiagRows } from '../probe/diag-rows.ts';
import { SocketGroups } from '../probe/socket-groups.ts';
import { SocketRows } from '../probe/socket-rows.ts';
import { readOutput } from './read-only-command.ts';

/** How many sockets there are, from /proc/net/sockstat: which way is cheaper depends on it. */
export interface Expected {
  expected: number;
  /** Of both families. */
  timeWaits: number;
  /** Full sockets over IPv6. */
  inUse6: number;
}

/** After this long the event loop gets a turn; between two reads the kernel holds no lock. */
const turnMs = 20;
/** With fewer sockets, starting ss costs more than it saves (bench/README.md). */
const leastForSs = 5000;

/**
 * The TCP socket tables of one network namespace, read in the cheaper of two ways: /proc/PID/net/tcp, which the kernel
 * formats as text, or the binary answers of sock_diag, as `ss -D` writes them. Both only read.
 */
export class SocketTable {
  private readonly files: number[];
  private readonly namespaceFile: number | null;
  private readonly listened = new Set<number>();
  private readonly buffer = Buffer.allocUnsafe(1 << 16);
  private isSsUsable = true;

  /**
   * Opens the files, so that they can be read after that process has ended. `namespaceFile`: enters the namespace for ss;
   * `null`: it is this process's own. Errors: those of open(2) for `tcp`; a kernel without IPv6 has no `tcp6`.
   */
  constructor(folder: string, namespaceFile: string | null) {
    const tcp = openSync(`${folder}/tcp`, 'r');
    this.files = [tcp, ...openIfThere(`${folder}/tcp6`, ['ENOENT'])];
    this.namespaceFile =
      namespaceFile === null ? null : (openIfThere(namespaceFile, ['ENOENT', 'EACCES', 'EPERM'])[0] ?? null);
    // Without it ss would show the wrong namespace.
    if (namespaceFile !== null && this.namespaceFile === null) this.isSsUsable = false;
  }

  /** Reads all sockets of both families. */
  async look(range: PortRange, { expected, timeWaits, inUse6 }: Expected): Promise<SocketLook> {
    const t = monotonicMs();
    const viaSs = this.isSsUsable && expected >= leastForSs ? await this.throughSs(range, expected) : null;
    let longestReadMs: number | null = null;
    let groups = viaSs;
    if (groups === null) {
      groups = new SocketGroups(range, this.listened, true);
      longestReadMs = 0;
      const [tcp, tcp6] = this.files as [number, number | undefined];
      longestReadMs = await this.read(tcp, groups);
      // Walking the kernel's whole hash table costs milliseconds even where it is empty.
      if (tcp6 !== undefined && (inUse6 > 0 || groups.timeWaits < timeWaits)) {
        longestReadMs = Math.max(longestReadMs, await this.read(tcp6, groups));
      }
    }
    // A table that changed so fast is read again the other way, which goes on by bucket and repeats nothing.
    if (groups.duplicates > 0 && this.isSsUsable) groups = (await this.throughSs(range, 0)) ?? groups;
    for (const { port } of groups.listeners) this.listened.add(port);
    const { rows, listeners, living } = groups;
    return { t, tookMs: monotonicMs() - t, longestReadMs, rows, groups: groups.groups, listeners, living };
  }

  /** `null`: ss is missing, has no -D, or may not enter the namespace, or the kernel has no sock_diag. */
  private async throughSs(range: PortRange, expected: number): Promise<SocketGroups | null> {
    const enter = this.namespaceFile === null ? [] : ['nsenter', '--net=/proc/self/fd/3'];
    const groups = new SocketGroups(range, this.listened);
    const rows = new DiagRows(groups);
    let isUnderstood = true;
    const isRead = await readOutput([...enter, 'ss', '-tan', '-D', '-'], this.namespaceFile ?? 'ignore', (part) => {
      isUnderstood &&= rows.take(part);
    });
    if (isRead && isUnderstood && groups.rows >= expected / 2) return groups;
    this.isSsUsable = false;
    return null;
  }

  private async read(file: number, groups: SocketGroups): Promise<number> {
    const rows = new SocketRows((row) => groups.add(row));
    let longestMs = 0;
    let position = 0;
    let kept = 0;
    let turnAt = performance.now() + turnMs;
    for (;;) {
      const before = performance.now();
      const got = readSync(file, this.buffer, kept, this.buffer.length - kept, position);
      const after = performance.now();
      longestMs = Math.max(longestMs, after - before);
      if (got === 0) return longestMs;
      position += got;
      const length = kept + got;
      const taken = rows.take(this.buffer, length);
      this.buffer.copyWithin(0, taken, length);
      kept = length - taken;
      if (after > turnAt) {
        await nextTurn();
        turnAt = performance.now() + turnMs;
      }
    }
  }
}

function openIfThere(path: string, mayBe: readonly string[]): number[] {
  try {
    return [openSync(path, 'r')];
  } catch (error) {
    if (mayBe.includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
