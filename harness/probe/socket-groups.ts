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
  private readonly byKey = new Map<string, SocketGroup>();
  private readonly range: PortRange;
  private readonly listening: Set<number>;

  /** `alsoListening`: ports that had a listener earlier, whose connections may outlive it. */
  constructor(range: PortRange, alsoListening: Iterable<number> = []) {
    this.range = range;
    this.listening = new Set(alsoListening);
  }

  get groups(): SocketGroup[] {
    return [...this.byKey.values()];
  }

  add(row: SocketRow): void {
    this.rows++;
    const { localPort, state } = row;
    if (state === kernelListen) {
      this.listening.add(localPort);
      this.listeners.push({ source: row.source, port: localPort, waiting: row.receiveQueue, inode: row.inode });
      return;
    }
    const inRange = localPort >= this.range.low && localPort <= this.range.high;
    const group = this.groupOf(row, this.listening.has(localPort) || (!inRange && this.isEphemeral(row.remote)));
    group.states[state] = (group.states[state] as number) + 1;
    if (inRange) group.inRange++;
    if (state === kernelTimeWait) {
      group.ages ??= new Uint32Array(ageSteps + 1);
      const step = Math.min(ageSteps, Math.max(0, Math.floor((timeWaitMs - row.timerMs) / ageStepMs)));
      group.ages[step] = (group.ages[step] as number) + 1;
    } else if (row.inode !== 0) {
      this.living.push({ inode: row.inode, state, uid: row.uid, group });
    }
  }

  private groupOf({ source, localPort, remote }: SocketRow, isAccepted: boolean): SocketGroup {
    const client = isAccepted ? remote.slice(0, -5) : remote;
    const key = isAccepted ? `${localPort} ${client}` : source + client;
    let group = this.byKey.get(key);
    if (group === undefined) {
      const port = isAccepted ? localPort : Number.parseInt(remote.slice(-4), 16);
      const way = isAccepted ? 'accepted' : 'opened';
      group = { way, source, remote: client, port, states: new Uint32Array(13), inRange: 0, ages: null };
      this.byKey.set(key, group);
    }
    return group;
  }

  private isEphemeral(remote: string): boolean {
    const port = Number.parseInt(remote.slice(-4), 16);
    return port >= this.range.low && port <= this.range.high;
  }
}
