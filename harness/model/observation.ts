import * as z from 'zod';
import { TcpState, Verdict } from './vocabulary.ts';

/** Counts up when a field changes its meaning; a newer one is rejected. */
export const observationVersion = 1;

export const ObservedTarget = z.strictObject({
  kind: z.enum(['host', 'pid', 'container', 'namespace']),
  name: z.string(),
});
export type ObservedTarget = z.infer<typeof ObservedTarget>;

export const ProcessName = z.strictObject({
  pid: z.int(),
  /** As the process calls itself (/proc/PID/comm). */
  name: z.string(),
  /** First 12 digits of its container's id; `null`: none. */
  container: z.string().nullable(),
});
export type ProcessName = z.infer<typeof ProcessName>;

/** Sockets by state; TIME_WAIT included. Counts at the end of the observation. */
const States = z.partialRecord(TcpState, z.int());

/**
 * Who closes first: `here` keeps the TIME_WAIT and so the port; `there` is the other side; `reset`: this side, with an
 * RST; `nobody`: connections stay open.
 */
export const ClosesFirst = z.enum(['here', 'there', 'reset', 'nobody']);
export type ClosesFirst = z.infer<typeof ClosesFirst>;

/** What happens to the ports of a destination if the observed rate goes on. Times in ms from the end of the observation. */
export const Outlook = z.strictObject({
  /** Connections per second that the ports can sustain; `null`: they set no limit. */
  maxRatePerSec: z.number().nullable(),
  /** Until half of the ports are in use and connect() searches. 0: they are; `null`: never. */
  cliffInMs: z.number().nullable(),
  /** Until no port is free. 0: none is; `null`: never. */
  exhaustedInMs: z.number().nullable(),
  /** TIME_WAITs at this rate in the long run; `null`: it cannot be predicted. */
  plateau: z.number().nullable(),
});
export type Outlook = z.infer<typeof Outlook>;

export const ObservedDestination = z.strictObject({
  source: z.string(),
  address: z.string(),
  port: z.int(),
  states: States,
  /** Local ports of the range in use from this source to this destination, TIME_WAIT included. */
  used: z.int(),
  /** Of the usable ports, 0…1; `null`: no port is usable. */
  share: z.number().nullable(),
  /** New connections per second; `null`: not known. */
  openedPerSec: z.number().nullable(),
  /**
   * Where all ports are in use and the rate is only what becomes free: at least so many connections a second are asked for,
   * the most that began within five seconds of the last minute. `null`: the ports do not limit the rate. Absent: older.
   */
  demandPerSec: z.number().nullable().optional(),
  /** Of `openedPerSec`: TIME_WAITs that began here. */
  timeWaitPerSec: z.number(),
  /** Mean life of a connection before TIME_WAIT (Little's law), ms; `null`: none was opened. */
  lifetimeMs: z.number().nullable(),
  closesFirst: ClosesFirst.nullable(),
  verdict: Verdict,
  /** With the settings as they are. */
  outlook: Outlook,
  /** With tcp_tw_reuse=1; `null`: it is 1 already. */
  withReuse: Outlook.nullable(),
  /**
   * Processes with sockets to this destination; `sockets` at the end. `isAttributed`: its TIME_WAITs, which have no owner,
   * are taken for theirs because they have or had other sockets there, or because there is no other process.
   */
  processes: z.array(ProcessName.extend({ sockets: z.int(), isAttributed: z.boolean() })),
});
export type ObservedDestination = z.infer<typeof ObservedDestination>;

export const ObservedListener = z.strictObject({
  address: z.string(),
  port: z.int(),
  process: ProcessName.nullable(),
  /** Connections that wait for accept(). */
  waiting: z.int(),
  states: States,
  acceptedPerSec: z.number().nullable(),
  timeWaitPerSec: z.number(),
  /** Memory of its TIME_WAITs, by the measured size of one. They cost no ports. */
  timeWaitBytes: z.int(),
  /** Clients with the most TIME_WAITs. */
  clients: z.array(z.strictObject({ address: z.string(), timeWait: z.int(), open: z.int() })),
  /** Inside ip_local_port_range and not reserved: connect() can take it first after a restart. */
  isInRange: z.boolean(),
});
export type ObservedListener = z.infer<typeof ObservedListener>;

export const ObservedProcess = ProcessName.extend({
  established: z.int(),
  closeWait: z.int(),
  /** Of these: reached the state during the observation; `null`: the sockets were read only once. */
  newEstablished: z.int().nullable(),
  newCloseWait: z.int().nullable(),
  verdict: Verdict,
});
export type ObservedProcess = z.infer<typeof ObservedProcess>;

export const Observation = z.strictObject({
  observationVersion: z.literal(observationVersion),
  lab: z.string().nullable(),
  kernel: z.string().nullable(),
  startedAt: z.string(),
  durationMs: z.number(),
  target: ObservedTarget.extend({ pid: z.int(), namespace: z.string().nullable() }),
  verdict: Verdict,
  /** One sentence: what runs out, when and why. */
  headline: z.string(),
  /** What to do, most urgent first. */
  advice: z.array(z.strictObject({ action: z.string(), because: z.string() })),
  ports: z.strictObject({
    low: z.int(),
    high: z.int(),
    inRange: z.int(),
    reserved: z.int(),
    listening: z.int(),
    usable: z.int(),
  }),
  /** Sysctl key → value; `null`: this kernel lacks it, or it could not be read. */
  settings: z.record(z.string(), z.string().nullable()),
  /** Of the whole network namespace. */
  states: States,
  /** TIME_WAIT and orphaned FIN_WAIT2, as /proc/net/sockstat counts them. */
  timeWait: z.int(),
  /** Per second, from the kernel's counters; `null`: not read. */
  rates: z.strictObject({
    opened: z.number().nullable(),
    accepted: z.number().nullable(),
    timeWait: z.number().nullable(),
    recycled: z.number().nullable(),
    overflowed: z.number().nullable(),
    failed: z.number().nullable(),
    resetsSent: z.number().nullable(),
    synRetransmits: z.number().nullable(),
    listenOverflows: z.number().nullable(),
    /** Of `opened`: to no destination that was seen. */
    unattributed: z.number().nullable(),
  }),
  /** Who closes most connections that this side opened; `null`: it opens none. */
  closesFirst: ClosesFirst.nullable(),
  /** Most used first. */
  destinations: z.array(ObservedDestination),
  listeners: z.array(ObservedListener),
  processes: z.array(ObservedProcess),
  /** `null`: conntrack is off, or could not be read. `timeWait`: its own entries in that state. */
  conntrack: z.strictObject({ count: z.int(), max: z.int().nullable(), timeWait: z.int().nullable() }).nullable(),
  /** What this user may not read, and how to read it. */
  unreadable: z.array(z.strictObject({ what: z.string(), hint: z.string() })),
  /** Other network namespaces that processes of the machine are in; they are not part of it. Absent: older. */
  otherNamespaces: z.int().min(0).optional(),
  /** What the observation itself cost. */
  cost: z.strictObject({
    /** CPU time, reading and computing, without the start of the program. */
    cpuMs: z.number(),
    /** Of one core, 0…1. */
    share: z.number(),
    looks: z.int(),
    /** Rows read in the last look, sockets of both directions. */
    rows: z.int(),
    lookMs: z.number(),
    /** Wall time of the longest single read(2) of a table; `null`: read through ss. */
    longestReadMs: z.number().nullable(),
  }),
});
export type Observation = z.infer<typeof Observation>;
