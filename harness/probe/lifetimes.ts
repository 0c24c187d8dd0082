import type { JournalLineOf } from '../model/journal.ts';
import type { AgentMeasurement } from '../model/protocol.ts';
import { monotonicMs } from './clock.ts';
import { kernelTimeWait, parseProcNetTcp } from './proc-net-tcp.ts';
import { readProcNetTcp, readTw } from './stack-reader.ts';
import { startTicker } from './ticker.ts';

type Watched = JournalLineOf<'lifetimes'>['sockets'][number];

/**
 * Follows every TIME_WAIT socket of this namespace by its local port until it is gone. The start is the engine's own
 * close (`closed`) if it reports it, else the first tick that finds the socket. The end is the first tick that no
 * longer finds it: goneAt − createdAt is the lifetime plus at most one tick, never less. The socket table is read only
 * when sockstat's number has changed, because reading it walks the kernel's hash table.
 */
export class LifetimeWatch {
  private readonly closedAt = new Map<number, number>();
  private readonly alive = new Map<number, Watched>();
  private readonly ticker: { stop(): void };
  private readonly emit: (event: AgentMeasurement) => void;
  private lastTw = -1;

  constructor(hz: number, emit: (event: AgentMeasurement) => void) {
    this.emit = emit;
    this.ticker = startTicker(hz, () => this.look());
  }

  closed(localPort: number, at: number): void {
    this.closedAt.set(localPort, at);
  }

  stop(): void {
    this.ticker.stop();
  }

  private look(): void {
    const tw = readTw();
    const before = monotonicMs();
    if (tw === this.lastTw) {
      for (const socket of this.alive.values()) socket.lastSeenAt = before;
      return;
    }
    this.lastTw = tw;
    const seen = new Set<number>();
    for (const row of readProcNetTcp().flatMap(parseProcNetTcp)) {
      if (row.state !== kernelTimeWait) continue;
      seen.add(row.localPort);
      const known = this.alive.get(row.localPort);
      if (known) known.lastSeenAt = before;
      else this.alive.set(row.localPort, this.firstSight(row.localPort, before));
    }
    const now = monotonicMs();
    const gone: Watched[] = [];
    for (const [port, socket] of this.alive) {
      if (seen.has(port)) continue;
      this.alive.delete(port);
      gone.push({ ...socket, goneAt: now });
    }
    if (gone.length > 0) this.emit({ type: 'lifetimes', t: now, sockets: gone });
  }

  private firstSight(localPort: number, now: number): Watched {
    return { localPort, createdAt: this.closedAt.get(localPort) ?? now, lastSeenAt: now, goneAt: null };
  }
}
