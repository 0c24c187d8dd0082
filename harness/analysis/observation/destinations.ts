import type { ObservedDestination, ObservedProcess, Outlook, ProcessName } from '../../model/observation.ts';
import type { SocketGroup, SocketLook } from '../../model/socket-look.ts';
import { isLoopbackAddress } from '../../model/tw-reuse.ts';
import type { TcpState, Verdict } from '../../model/vocabulary.ts';
import type { ObservationInput, PortFacts } from './input.ts';
import { outlookOf } from './outlook.ts';
import { closeWait, type End, endKey, established, mostBegunPerSec, staleCloseWaits } from './traffic.ts';

/** Within this share of all ports connect() finds none in any reasonable time, or only one that just became free. */
const fullShare = 0.995;
/** CLOSE_WAITs or connections that nobody closes: as many are a leak (the advice for a run has the same limit). */
const leastLeak = 20;

/** Connections to other ends, the most used first. `addressText` converts the kernel's hexadecimal. */
export function destinationsOf(
  ends: readonly End[],
  facts: PortFacts,
  owners: Owners,
  addressText: (hex: string) => string,
): ObservedDestination[] {
  const found = ends
    .filter(({ way }) => way === 'opened')
    .map((end): ObservedDestination => {
      const [group] = end.groups as [SocketGroup];
      const address = addressText(group.remote);
      const { usable } = facts.supply;
      const reuse = facts.reuse === '1' || (facts.reuse === '2' && isLoopbackAddress(address));
      const timeWaits = end.states[6] ?? 0;
      const isLimited = !(reuse && facts.hasTimestamps) && isFull(end.inRange, usable);
      const demand = isLimited ? Math.max(end.perSec ?? 0, mostBegunPerSec(end.ages)) : null;
      const traffic = {
        ports: usable,
        open: Math.max(0, end.inRange - timeWaits),
        ages: end.ages,
        openedPerSec: demand ?? end.perSec,
        timeWaitPerSec: demand !== null && end.closesFirst === 'here' ? demand : end.timeWaitPerSec,
        growthPerSec: end.growthPerSec,
        closesFirst: end.closesFirst,
        reuseDelayMs: facts.reuseDelayMs,
        buckets: facts.buckets,
        ...(facts.randomStep && { randomStep: true }),
      };
      const outlook = outlookOf({ ...traffic, reuse: reuse && facts.hasTimestamps });
      return {
        source: addressText(group.source),
        address,
        port: group.port,
        states: statesOf(end.states),
        used: end.inRange,
        share: usable > 0 ? end.inRange / usable : null,
        openedPerSec: end.perSec,
        demandPerSec: demand,
        timeWaitPerSec: end.timeWaitPerSec,
        lifetimeMs: end.perSec !== null && end.perSec > 0 ? (end.meanOpen / end.perSec) * 1000 : null,
        closesFirst: end.closesFirst,
        verdict: verdictOf(end, usable, outlook, reuse && facts.hasTimestamps),
        outlook,
        withReuse: reuse && facts.hasTimestamps ? null : outlookOf({ ...traffic, reuse: true }),
        processes: owners.of(group),
      };
    });
  return found.sort(
    (a, b) => (b.share ?? 0) - (a.share ?? 0) || b.used - a.used || (b.openedPerSec ?? 0) - (a.openedPerSec ?? 0),
  );
}

/** In the words of a cell's verdict: exhausted now, searching now, or `inconclusive`: on the way there. */
function verdictOf(end: End, usable: number, outlook: Outlook, reuse: boolean): Verdict {
  const open = end.inRange - (end.states[6] ?? 0);
  const held = reuse ? open : end.inRange;
  if (usable <= 0 || isFull(held, usable)) return 'exhausted';
  if (outlook.exhaustedInMs === 0) return 'exhausted';
  if (isLeak(end)) return 'leaking';
  if (!reuse && end.inRange > usable / 2) return 'degraded';
  return outlook.exhaustedInMs === null && outlook.cliffInMs === null ? 'healthy' : 'inconclusive';
}

function isFull(used: number, usable: number): boolean {
  return used > 0 && used >= usable * fullShare;
}

function isLeak({ staleCloseWait, closesFirst, growthPerSec }: End): boolean {
  return staleCloseWait >= leastLeak || (closesFirst === 'nobody' && growthPerSec > 0);
}

interface Sockets {
  established: number;
  closeWait: number;
  newEstablished: number;
  newCloseWait: number;
  staleCloseWait: number;
}

/** Finds the processes that have sockets to a destination, from the first and the last look. */
export class Owners {
  private readonly byGroup = new Map<SocketGroup, Map<number, number>>();
  private readonly byProcess = new Map<number, Sockets>();
  private readonly names = new Map<number, ProcessName>();
  /** Who had a socket to an end at an earlier look. */
  private readonly earlier = new Map<string, ProcessName>();
  /** The process that was named, or the only one of the network namespace. */
  private readonly only: ProcessName | null;
  private readonly looksTwice: boolean;

  constructor({ sightings, processes, target }: ObservationInput) {
    const { looks } = sightings;
    const last = looks.at(-1) as SocketLook;
    const named = target.kind === 'host' || target.kind === 'namespace' ? undefined : processes.get(target.pid);
    this.only = named ?? (processes.size === 1 ? ([...processes.values()][0] as ProcessName) : null);
    for (const { living, owners } of looks.slice(0, -1)) {
      for (const { inode, group } of living) {
        const process = owners?.get(inode);
        if (process !== undefined) this.earlier.set(endKey(group), process);
      }
    }
    this.looksTwice = looks.length > 1;
    const stale = new Set(staleCloseWaits(looks).map(({ inode }) => inode));
    const known = new Set((looks[0] as SocketLook).living.map(({ inode, state }) => `${inode} ${state}`));
    for (const { inode, state, group } of last.living) {
      const process = last.owners?.get(inode);
      if (process === undefined) continue;
      this.names.set(process.pid, process);
      const counts = this.byGroup.get(group) ?? new Map<number, number>();
      this.byGroup.set(group, counts.set(process.pid, (counts.get(process.pid) ?? 0) + 1));
      const own = this.byProcess.get(process.pid) ?? {
        established: 0,
        closeWait: 0,
        newEstablished: 0,
        newCloseWait: 0,
        staleCloseWait: 0,
      };
      const isNew = this.looksTwice && !known.has(`${inode} ${state}`) ? 1 : 0;
      if (state === established) {
        own.established++;
        own.newEstablished += isNew;
      }
      if (state === closeWait) {
        own.closeWait++;
        own.newCloseWait += isNew;
        if (stale.has(inode)) own.staleCloseWait++;
      }
      this.byProcess.set(process.pid, own);
    }
  }

  /**
   * TIME_WAITs have no owner: they are attributed to those who have, or had at an earlier look, other sockets to the same
   * destination, and else to the process that was named, or the only one there is.
   */
  of(group: SocketGroup): ObservedDestination['processes'] {
    const isAttributed = (group.states[6] ?? 0) > 0;
    if (!this.byGroup.has(group)) {
      const process = this.earlier.get(endKey(group)) ?? this.only;
      return process === null ? [] : [{ ...process, sockets: 0, isAttributed: true }];
    }
    return [...(this.byGroup.get(group) ?? [])]
      .sort((a, b) => b[1] - a[1])
      .map(([pid, sockets]) => ({ ...(this.names.get(pid) as ProcessName), sockets, isAttributed }));
  }

  /** Processes with connections, those with most CLOSE_WAITs first. */
  processes(): ObservedProcess[] {
    return [...this.byProcess]
      .map(
        ([pid, { newEstablished, newCloseWait, staleCloseWait, ...counts }]): ObservedProcess => ({
          ...(this.names.get(pid) as ProcessName),
          ...counts,
          newEstablished: this.looksTwice ? newEstablished : null,
          newCloseWait: this.looksTwice ? newCloseWait : null,
          verdict: staleCloseWait >= leastLeak ? 'leaking' : 'healthy',
        }),
      )
      .sort((a, b) => b.closeWait - a.closeWait || b.established - a.established || a.pid - b.pid);
  }
}

const stateNames: Readonly<Record<number, TcpState>> = {
  1: 'ESTABLISHED',
  2: 'SYN_SENT',
  3: 'SYN_RECV',
  4: 'FIN_WAIT1',
  5: 'FIN_WAIT2',
  6: 'TIME_WAIT',
  8: 'CLOSE_WAIT',
  9: 'LAST_ACK',
  11: 'CLOSING',
  // TCP_NEW_SYN_RECV: a request that has no socket of its own yet.
  12: 'SYN_RECV',
};

/** By name, those that occur. */
export function statesOf(counts: readonly number[]): Partial<Record<TcpState, number>> {
  const states: Partial<Record<TcpState, number>> = {};
  for (const [number, count] of counts.entries()) {
    const name = stateNames[number];
    if (name !== undefined && count > 0) states[name] = (states[name] ?? 0) + count;
  }
  return states;
}
