import {
  ageStepMs,
  ageSteps,
  type ListeningSocket,
  type LivingSocket,
  type SocketGroup,
} from '../model/socket-look.ts';
import type { PortRange } from '../model/sysctls.ts';
import { kernelListen, kernelTimeWait } from './proc-net-tcp.ts';
import type { SocketRow } from './socket-rows.ts';

/** TCP_TIMEWAIT_LEN (include/net/tcp.h); the timer of a TIME_WAIT counts down from it. */
const timeWaitMs = 60_000;
/** `tr` of a timewait socket (net/ipv4/tcp_ipv4.c get_timewait4_sock). */
const timeWaitTimer = 3;

/**
 * Sums the rows of a socket table by destination (connections that this side opened) or by listening port and client
 * (connections that it accepted), so that memory follows the number of ends and not of sockets. The kernel lists the
 * listeners of a table first. A local port outside the range with a remote port inside it was accepted by a listener
 * that has ended. Pure.
 */
export class SocketGroups {
  readonly listeners: ListeningSocket[] = [];
  readonly living: LivingSocket[] = [];
  rows = 0;
  /** In TIME_WAIT, or in FIN_WAIT2 without a process, as /proc/net/sockstat counts them together. */
  timeWaits = 0;
  /** By remote address and port, or local port and remote address; each with one group a source. */
  private readonly byKey = new Map<number | string, Keyed[]>();
  private readonly range: PortRange;
  /** 1 for each port that has or had a listener. */
  private readonly listening = new Uint8Array(65_536);
  /** The last end of each hash: TIME_WAITs of the few busiest ends are most of a table. */
  private readonly recent: (Recent | undefined)[] = new Array(recentEnds);
  /** Both ports of each socket, by group; `null`: rows are not checked. */
  private readonly seen: Map<SocketGroup, Set<number>> | null;
  /** Rows that were left out because their socket had a row already. */
  duplicates = 0;

  /**
   * `alsoListening`: ports that had a listener earlier, whose connections may outlive it. `mayRepeat`: the rows are from
   * /proc, which goes on by position: sockets that are added meanwhile push rows that were read to where it goes on (616
   * of 2,286 rows were repeated in a slow reading at 600 new sockets a second, Linux 6.18).
   */
  constructor(range: PortRange, alsoListening: Iterable<number> = [], mayRepeat = false) {
    this.seen = mayRepeat ? new Map() : null;
    this.range = range;
    for (const port of alsoListening) this.listening[port] = 1;
  }

  get groups(): SocketGroup[] {
    return [...this.byKey.values()].flatMap((those) => those.map(({ group }) => group));
  }

  add(row: SocketRow): void {
    const { localPort, state } = row;
    if (state === kernelListen) {
      this.rows++;
      this.listening[localPort] = 1;
      this.listeners.push({
        source: addressHex(row.source),
        port: localPort,
        waiting: row.receiveQueue,
        inode: row.inode,
      });
      return;
    }
    const inRange = this.isEphemeral(localPort);
    const group = this.groupOf(row, this.isAccepted(localPort, row.remotePort));
    if (this.isRepeated(group, row)) return;
    this.rows++;
    group.states[state] = (group.states[state] as number) + 1;
    if (inRange) group.inRange++;
    if (row.timer === timeWaitTimer) this.timeWaits++;
    if (state === kernelTimeWait) {
      addAge(group, row.timerMs);
    } else if (row.inode !== 0) {
      this.living.push({ inode: row.inode, state, uid: row.uid, group });
    }
  }

  /** The same for a TIME_WAIT over IPv4 from a source that repeats no row. */
  addTimeWait(source: number, remote: number, localPort: number, remotePort: number, timerMs: number): void {
    const isAccepted = this.isAccepted(localPort, remotePort);
    const port = isAccepted ? localPort : remotePort;
    const slot = (port ^ (remote >>> 16) ^ (remote >>> 24) ^ (source >>> 24)) & (recentEnds - 1);
    let end = this.recent[slot];
    if (
      end === undefined ||
      end.port !== port ||
      end.remote !== remote ||
      end.isAccepted !== isAccepted ||
      // The own address of accepted connections makes no difference.
      (end.source !== source && !isAccepted)
    ) {
      const group = this.groupOf({ source, localPort, remote, remotePort }, isAccepted);
      end = { source, remote, port, isAccepted, group };
      this.recent[slot] = end;
    }
    const { group } = end;
    this.rows++;
    this.timeWaits++;
    group.states[kernelTimeWait] = (group.states[kernelTimeWait] as number) + 1;
    if (localPort >= this.range.low && localPort <= this.range.high) group.inRange++;
    addAge(group, timerMs);
  }

  private isAccepted(localPort: number, remotePort: number): boolean {
    if (this.listening[localPort] === 1) return true;
    return !this.isEphemeral(localPort) && this.isEphemeral(remotePort);
  }

  private isRepeated(group: SocketGroup, { localPort, remotePort }: SocketRow): boolean {
    if (this.seen === null) return false;
    const ports = this.seen.get(group) ?? new Set<number>();
    this.seen.set(group, ports);
    const before = ports.size;
    if (ports.add(localPort * 65_536 + remotePort).size > before) return false;
    this.duplicates++;
    return true;
  }

  private groupOf({ source, localPort, remote, remotePort }: Ends, isAccepted: boolean): SocketGroup {
    // Whole numbers below 2^53: way, port and address of IPv4.
    const port = isAccepted ? localPort : remotePort;
    const ways = (isAccepted ? 65_536 : 0) + port;
    const key = typeof remote === 'number' ? ways * 2 ** 32 + remote : `${ways} ${remote}`;
    const those = this.byKey.get(key);
    // The own address of accepted connections makes no difference.
    const known = those?.find((one) => isAccepted || one.source === source);
    if (known !== undefined) return known.group;
    const group: SocketGroup = {
      way: isAccepted ? 'accepted' : 'opened',
      source: addressHex(source),
      remote: addressHex(remote),
      port,
      states: new Uint32Array(13),
      inRange: 0,
      ages: null,
    };
    if (those === undefined) this.byKey.set(key, [{ source, group }]);
    else those.push({ source, group });
    return group;
  }

  private isEphemeral(port: number): boolean {
    return port >= this.range.low && port <= this.range.high;
  }
}

type Ends = Pick<SocketRow, 'source' | 'localPort' | 'remote' | 'remotePort'>;

/** A power of two. */
const recentEnds = 256;

interface Recent {
  source: number;
  remote: number;
  port: number;
  isAccepted: boolean;
  group: SocketGroup;
}

function addAge(group: SocketGroup, timerMs: number): void {
  group.ages ??= new Uint32Array(ageSteps + 1);
  const step = Math.min(ageSteps, Math.max(0, Math.floor((timeWaitMs - timerMs) / ageStepMs)));
  group.ages[step] = (group.ages[step] as number) + 1;
}

interface Keyed {
  source: number | string;
  group: SocketGroup;
}

function addressHex(address: number | string): string {
  return typeof address === 'string' ? address : address.toString(16).toUpperCase().padStart(8, '0');
}
