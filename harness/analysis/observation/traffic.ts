import type { ClosesFirst } from '../../model/observation.ts';
import {
  ageStepMs,
  ageSteps,
  type LivingSocket,
  type QuickLook,
  type Sightings,
  type SocketGroup,
  type SocketLook,
  youngerThan,
} from '../../model/socket-look.ts';

/** Kernel state numbers (include/net/tcp_states.h). */
export const established = 1;
export const timeWait = 6;
export const closeWait = 8;

/** One end of connections: a destination that this side connects to, or a port on which it accepts. */
export interface End {
  way: SocketGroup['way'];
  /** Its groups in the last look; for a port one for each client. */
  groups: SocketGroup[];
  /** Sockets in use in the last look by state number. */
  states: number[];
  inRange: number;
  ages: Uint32Array | null;
  timeWaitPerSec: number;
  /** New connections per second; `null`: not known. */
  perSec: number | null;
  /** Growth of connections that stay open, a second; 0 if it is no more than chance. */
  growthPerSec: number;
  /** In CLOSE_WAIT at the end and for half a second before: a program that is about to close is quicker. */
  staleCloseWait: number;
  /** Mean number of connections in other states than TIME_WAIT. */
  meanOpen: number;
  closesFirst: ClosesFirst | null;
}

/** A CLOSE_WAIT of this age was not about to be closed. */
const staleMs = 500;
/** Growth of fewer sockets than this is chance. */
const leastGrowth = 20;
/** Connections per second below which nobody can be said to close first. */
const leastRate = 0.2;
/** Window of a single look without a beginning: what the last ten seconds left behind. */
const usualWindowMs = 10_000;

/** Growth of a counter per second; `null`: not read. */
export function counterRate({ quick }: Sightings, ...names: string[]): number | null {
  const [first, last] = [quick[0], quick.at(-1)] as [QuickLook, QuickLook];
  const seconds = (last.t - first.t) / 1000;
  let sum = 0;
  for (const name of names) {
    const [before, after] = [first.counters[name], last.counters[name]];
    if (before === undefined || after === undefined || seconds <= 0) return null;
    sum += after - before;
  }
  return sum / seconds;
}

/**
 * Who connects how often, from looks at the socket table and the kernel's counters. `reuseDelayMs`: TIME_WAITs older than
 * this may have been reused, and so must not be counted; `null`: none is reused. Pure.
 */
export function trafficOf(
  sightings: Sightings,
  reuseDelayMs: number | null,
): { ends: End[]; unattributed: number | null; closesFirst: ClosesFirst | null } {
  const ends = endsOf(sightings, reuseDelayMs);
  const news = newSockets(sightings.looks);
  const opened = ends.filter((end) => end.way === 'opened');
  const accepted = ends.filter((end) => end.way === 'accepted');
  const unattributed = share(opened, counterRate(sightings, 'Tcp.ActiveOpens'), news);
  share(accepted, counterRate(sightings, 'Tcp.PassiveOpens'), news);
  const resets = counterRate(sightings, 'TcpExt.TCPAbortOnData', 'TcpExt.TCPAbortOnClose') ?? 0;
  const overflows = counterRate(sightings, 'TcpExt.TCPTimeWaitOverflow') ?? 0;
  const rest = ends.reduce((sum, end) => sum + Math.max(0, (end.perSec ?? 0) - end.timeWaitPerSec), 0);
  for (const end of ends) end.closesFirst = closerOf(end, resets / rest, overflows / rest);
  const openedPerSec = counterRate(sightings, 'Tcp.ActiveOpens');
  const kept = opened.reduce((sum, end) => sum + end.timeWaitPerSec, 0);
  const closesFirst = closerOfAll(openedPerSec, kept, resets, overflows);
  return { ends, unattributed, closesFirst };
}

function endsOf(sightings: Sightings, reuseDelayMs: number | null): End[] {
  const { looks } = sightings;
  const last = looks.at(-1) as SocketLook;
  const byKey = new Map<string, SocketGroup[]>();
  for (const group of last.groups) byKey.set(endKey(group), [...(byKey.get(endKey(group)) ?? []), group]);
  const begun = beginnings(sightings, reuseDelayMs);
  const stale = new Map<SocketGroup, number>();
  for (const { group } of staleCloseWaits(looks)) stale.set(group, (stale.get(group) ?? 0) + 1);
  const open = looks.map((look) => {
    const counts = new Map<string, number>();
    for (const group of look.groups) add(counts, endKey(group), openOf(group));
    return counts;
  });
  return [...byKey].map(([key, groups]) => {
    const counts = open.map((one) => one.get(key) ?? 0);
    const growth = (counts.at(-1) as number) - (counts[0] as number);
    const seconds = (last.t - (looks[0] as SocketLook).t) / 1000;
    return {
      way: (groups[0] as SocketGroup).way,
      groups,
      states: Array.from({ length: 13 }, (_, state) => sumOf(groups, (group) => group.states[state] ?? 0)),
      inRange: sumOf(groups, (group) => group.inRange),
      ages: agesOf(groups),
      timeWaitPerSec: begun.get(key) ?? 0,
      perSec: null,
      staleCloseWait: sumOf(groups, (group) => stale.get(group) ?? 0),
      growthPerSec: growth >= leastGrowth && seconds > 0 ? growth / seconds : 0,
      meanOpen: counts.reduce((sum, count) => sum + count, 0) / counts.length,
      closesFirst: null,
    };
  });
}

/**
 * TIME_WAITs that began, per second, by end. The last look shows all that began while the kernel's counters were watched.
 * Where old ones may have been reused, every look shows those younger than the reuse delay, which are complete.
 */
function beginnings({ quick, looks }: Sightings, reuseDelayMs: number | null): Map<string, number> {
  const counts = new Map<string, number>();
  const last = looks.at(-1) as SocketLook;
  const sinceMs = last.t - (quick[0] as QuickLook).t;
  const wholeMs = Math.min(sinceMs < usualWindowMs / 20 ? usualWindowMs : sinceMs, (ageSteps - 10) * ageStepMs);
  const windowMs = inSteps(Math.min(wholeMs, reuseDelayMs ?? Number.POSITIVE_INFINITY));
  const counted =
    windowMs < inSteps(wholeMs) ? looks.filter((look) => look === last || look.t <= last.t - windowMs) : [last];
  // The first look is from before the counters were watched.
  const inside = counted.length > 1 ? counted.filter((look) => look !== looks[0]) : counted;
  for (const look of inside) {
    for (const group of look.groups) add(counts, endKey(group), youngerThan(group, windowMs));
  }
  const seconds = (inside.length * windowMs) / 1000;
  return new Map([...counts].map(([key, count]) => [key, count / seconds]));
}

function inSteps(ms: number): number {
  return Math.max(ageStepMs, Math.floor(ms / ageStepMs) * ageStepMs);
}

/** Sockets of each end that a look shows and the look before did not: how fast connections change there. */
function newSockets(looks: readonly SocketLook[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [index, look] of looks.entries()) {
    const before = looks[index - 1];
    if (before === undefined && looks.length > 1) continue;
    const known = new Set(before?.living.map(({ inode }) => inode));
    for (const { inode, group } of look.living) if (!known.has(inode)) add(counts, endKey(group), 1);
    // SYN_SENT, FIN_WAIT1, CLOSING and LAST_ACK last for a round trip.
    for (const group of look.groups) {
      add(
        counts,
        endKey(group),
        sumOf([2, 4, 11, 9], (state) => group.states[state] ?? 0),
      );
    }
  }
  return counts;
}

/**
 * Divides the connections that the kernel counted among the ends: first what their TIME_WAITs and growth show, then the
 * rest by their new sockets. Returns what is left without an end.
 */
function share(ends: readonly End[], total: number | null, news: ReadonlyMap<string, number>): number | null {
  const seen = ends.map((end) => end.timeWaitPerSec + end.growthPerSec);
  const sum = seen.reduce((all, one) => all + one, 0);
  if (total === null) {
    for (const [index, end] of ends.entries()) end.perSec = seen[index] || null;
    return null;
  }
  const rest = total - sum;
  // What was counted and what was seen differ by the looks' resolution.
  if (rest <= 0.1 * total) {
    for (const [index, end] of ends.entries()) end.perSec = sum === 0 ? 0 : ((seen[index] as number) * total) / sum;
    return sum === 0 ? total : 0;
  }
  const weights = ends.map((end) => news.get(endKey(end.groups[0] as SocketGroup)) ?? 0);
  const weight = weights.reduce((all, one) => all + one, 0);
  const only = ends.length === 1 ? 1 : null;
  for (const [index, end] of ends.entries()) {
    const part = only ?? (weight === 0 ? 0 : (weights[index] as number) / weight);
    end.perSec = (seen[index] as number) + rest * part;
  }
  return weight === 0 && only === null ? rest : 0;
}

/** Who closes most of the connections that the kernel counted, whatever their destination. */
function closerOfAll(opened: number | null, kept: number, resets: number, overflows: number): ClosesFirst | null {
  if (opened === null || opened < leastRate) return null;
  if (kept + overflows >= opened / 2) return 'here';
  return resets >= (opened - kept) / 2 ? 'reset' : 'there';
}

function closerOf(end: End, resetShare: number, overflowShare: number): ClosesFirst | null {
  const { perSec, timeWaitPerSec, growthPerSec, states } = end;
  if (perSec === null || perSec < leastRate) {
    if ((states[timeWait] ?? 0) > 0) return 'here';
    return (states[closeWait] ?? 0) > 0 ? 'there' : null;
  }
  if (timeWaitPerSec >= perSec / 2) return 'here';
  if (growthPerSec >= perSec / 2 && (states[closeWait] ?? 0) < (states[established] ?? 0)) return 'nobody';
  if (overflowShare >= 0.5) return 'here';
  return resetShare >= 0.5 ? 'reset' : 'there';
}

/** CLOSE_WAITs of the last look that an earlier one shows too; of a single look all. */
export function staleCloseWaits(looks: readonly SocketLook[]): LivingSocket[] {
  const last = looks.at(-1) as SocketLook;
  const now = last.living.filter(({ state }) => state === closeWait);
  const earlier = looks.filter((look) => look.t <= last.t - staleMs);
  if (earlier.length === 0) return now;
  const before = new Set(
    earlier.flatMap((look) => look.living.flatMap(({ state, inode }) => (state === closeWait ? [inode] : []))),
  );
  return now.filter(({ inode }) => before.has(inode));
}

/** Names an end: a source and a destination, or a listening port. */
export function endKey({ way, source, remote, port }: SocketGroup): string {
  return way === 'accepted' ? `:${port}` : `${source} ${remote}:${port}`;
}

function openOf(group: SocketGroup): number {
  return group.states.reduce((sum, count, state) => (state === timeWait ? sum : sum + count), 0);
}

function agesOf(groups: readonly SocketGroup[]): Uint32Array | null {
  if (groups.every(({ ages }) => ages === null)) return null;
  const all = new Uint32Array(ageSteps + 1);
  for (const { ages } of groups) {
    if (ages !== null)
      for (let step = 0; step <= ageSteps; step++) all[step] = (all[step] as number) + (ages[step] as number);
  }
  return all;
}

/** In a shorter time a burst would look like a rate. */
const demandWindowMs = 5000;

/** Most TIME_WAITs that began within five seconds of the last minute, per second. */
export function mostBegunPerSec(ages: Uint32Array | null): number {
  if (ages === null) return 0;
  const steps = demandWindowMs / ageStepMs;
  let most = 0;
  let sum = 0;
  for (let step = 0; step < ageSteps; step++) {
    sum += (ages[step] as number) - (step < steps ? 0 : (ages[step - steps] as number));
    most = Math.max(most, sum);
  }
  return (most * 1000) / demandWindowMs;
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
