import { openSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SocketLook } from '../model/socket-look.ts';
import type { PortRange } from '../model/sysctls.ts';
import { monotonicMs } from './clock.ts';
import { SocketGroups } from './socket-groups.ts';
import { SocketRows } from './socket-rows.ts';

/** After this long the event loop gets a turn; between two reads the kernel holds no lock. */
const turnMs = 20;

/**
 * The TCP socket tables of one network namespace: `folder` is /proc/PID/net. They are opened once and read again and
 * again, so that they can be read after that process has ended.
 */
export class SocketTable {
  private readonly files: number[];
  private readonly listened = new Set<number>();
  private buffer = Buffer.allocUnsafe(1 << 16);

  /** Errors: those of open(2) for `tcp`; a kernel without IPv6 has no `tcp6`. */
  constructor(folder: string) {
    const tcp = openSync(`${folder}/tcp`, 'r');
    this.files = [tcp, ...openIfThere(`${folder}/tcp6`)];
  }

  /** Reads both tables to their ends. Only reads; the kernel holds one bucket of its table at a time. */
  async look(range: PortRange): Promise<SocketLook> {
    const t = monotonicMs();
    const groups = new SocketGroups(range, this.listened);
    let longestReadMs = 0;
    for (const file of this.files) longestReadMs = Math.max(longestReadMs, await this.read(file, groups));
    for (const { port } of groups.listeners) this.listened.add(port);
    return {
      t,
      tookMs: monotonicMs() - t,
      longestReadMs,
      rows: groups.rows,
      groups: groups.groups,
      listeners: groups.listeners,
      living: groups.living,
    };
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

function openIfThere(path: string): number[] {
  try {
    return [openSync(path, 'r')];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
