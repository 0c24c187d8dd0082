import type { Counters } from './journal.ts';
import type { ProcessName } from './observation.ts';

/** Width of a class of ages, and how many classes cover the life of a TIME_WAIT. */
export const ageStepMs = 100;
export const ageSteps = 600;

/** Sockets of one look at a socket table that share an end. Addresses in hexadecimal, as the kernel writes them. */
export interface SocketGroup {
  /** `opened`: by connect() from `source` to `remote`; `accepted`: on the local port `port`, from `remote`. */
  way: 'opened' | 'accepted';
  source: string;
  remote: string;
  /** The port at the accepting end. */
  port: number;
  /** Counts by the kernel's state number (include/net/tcp_states.h). */
  states: Uint32Array;
  /** Of these sockets: those whose local port is in ip_local_port_range. */
  inRange: number;
  /** TIME_WAITs by age in steps of `ageStepMs`; `null`: none. The last class has all that are older. */
  ages: Uint32Array | null;
}

export interface ListeningSocket {
  source: string;
  port: number;
  /** Connections that wait for accept(). */
  waiting: number;
  inode: number;
}

/** A socket that a process may have open. */
export interface LivingSocket {
  inode: number;
  /** The kernel's state number. */
  state: number;
  uid: number;
  group: SocketGroup;
}

/** One reading of /proc/net/tcp and tcp6. */
export interface SocketLook {
  /** CLOCK_MONOTONIC, ms, when it began. */
  t: number;
  tookMs: number;
  /** The longest single read(2), in which the kernel formats one page of rows; `null`: read through ss. */
  longestReadMs: number | null;
  rows: number;
  groups: SocketGroup[];
  listeners: ListeningSocket[];
  living: LivingSocket[];
  /** Who had these sockets open, by inode; absent: not asked at this look. */
  owners?: ReadonlyMap<number, ProcessName>;
}

/** Counters and levels at one instant, read at a cost that does not depend on the number of sockets. */
export interface QuickLook {
  /** CLOCK_MONOTONIC, ms. */
  t: number;
  counters: Counters;
  /** TIME_WAIT and orphaned FIN_WAIT2. */
  tw: number;
  /** Full sockets, IPv4 and IPv6; and those over IPv6 alone. */
  inUse: number;
  inUse6: number;
}

/** What was read of one network namespace during an observation. */
export interface Sightings {
  /** At least two, the first at the beginning and the last at the end. */
  quick: QuickLook[];
  /** At least one, the last at the end. */
  looks: SocketLook[];
  /** Of this process while it observed, ms. */
  cpuMs: number;
}

/** TIME_WAITs of a group that are younger than this, a whole number of steps. */
export function youngerThan(group: SocketGroup, ms: number): number {
  let count = 0;
  if (group.ages !== null) {
    for (let step = 0; step < Math.min(ageSteps, ms / ageStepMs); step++) count += group.ages[step] as number;
  }
  return count;
}
