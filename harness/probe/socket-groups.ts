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
  private readonly listening: Set<number>;

  /** `alsoListening`: ports that had a listener earlier, whose connections may outlive it. */
  constructor(range: PortRange, alsoListening: Iterable<number> = []) {
    this.range = range;
    this.listening = new Set(alsoListening);
  }

  get groups(): SocketGroup[] {
    return [...this.byKey.values()].flatMap((those) => those.map(({ group }) => group));
  }

  add(row: SocketRow): void {
    this.rows++;
    const { localPort, state } = row;
    if (state === kernelListen) {
      this.listening.add(localPort);
      this.listeners.push({
        source: addressHex(row.source),
        port: localPort,
        waiting: row.receiveQueue,
        inode: row.inode,
      });
      return;
    }
    const inRange = this.isEphemeral(localPort);
    const group = this.groupOf(row, this.listening.has(localPort) || (!inRange && this.isEphemeral(row.remotePort)));
    group.states[state] = (group.states[state] as number) + 1;
    if (inRange) group.inRange++;
    if (row.timer === timeWaitTimer) this.timeWaits++;
    if (state === kernelTimeWait) {
      group.ages ??= new Uint32Array(ageSteps + 1);
      const step = Math.min(ageSteps, Math.max(0, Math.floor((timeWaitMs - row.timerMs) / ageStepMs)));
      group.ages[step] = (group.ages[step] as number) + 1;
    } else if (row.inode !== 0) {
      this.living.push({ inode: row.inode, state, uid: row.uid, group });
    }
  }

  private groupOf({ source, localPort, remote, remotePort }: SocketRow, isAccepted: boolean): SocketGroup {
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

interface Keyed {
  source: number | string;
  group: SocketGroup;
}

function addressHex(address: number | string): string {
  return typeof address === 'string' ? address : address.toString(16).toUpperCase().padStart(8, '0');
}
