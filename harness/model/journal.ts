import * as z from 'zod';
import { CellPlan } from './cell.ts';
import { Gate } from './gates.ts';
import { latencyNames } from './latency.ts';
import { EngineFacts, ServedProgram, ServerFacts } from './load-facts.ts';
import { ClockOffset, PeerHost } from './peer-host.ts';
import { FailurePhase, Form, Role, RuntimeName, Sysctls } from './vocabulary.ts';

/**
 * The journal: append-only NDJSON, one observation per line, flushed as it happens. Every report can be made again
 * from it alone. `t` is milliseconds since the run began, on the monotonic clock.
 */
export const journalVersion = 2;

/** ms since the run began, on the monotonic clock. Every time in the journal is one of these (run/run-time.test.ts). */
export const RunTime = z.number();
const t = RunTime;
const count = z.number();
const cell = z.string();
/** MIB name (`TcpExt.TW`, `Tcp.ActiveOpens`) → value. An unread counter is absent, never 0. */
export const Counters = z.record(z.string(), z.number());
export type Counters = z.infer<typeof Counters>;

export const HostFacts = z.strictObject({
  kernel: z.string().nullable(),
  cpu: z.string().nullable(),
  cores: z.int(),
  memoryBytes: z.number(),
  /** Timer frequency; decides how far the timer wheel rounds 60 s up. `null`: kernel config not readable. */
  kernelHz: z.int().nullable(),
  /** What translates the CPU's instructions, such as `QEMU TCG`: times and rates are not those of a machine. Absent: none. */
  emulator: z.string().optional(),
  runtime: RuntimeName,
  /** Whether the lab had root, or worked in a user namespace. */
  privilege: z.enum(['root', 'user-namespace', 'none']),
  /** Program name → version as it prints it; `null`: not found. */
  versions: z.record(z.string(), z.string().nullable()),
  /** What programs under test may do in network namespaces. Absent: containers (docs/containers.md), or not recorded. */
  programs: z
    .strictObject({
      /** `null`: they have the lab's own user. */
      uid: z.int().nullable(),
      gid: z.int().nullable(),
      capabilities: z.enum(['none', 'all']),
      /** Whether their /proc shows only the processes of their peer. */
      ownProc: z.boolean(),
    })
    .optional(),
});
export type HostFacts = z.infer<typeof HostFacts>;

/** Percentiles of a histogram in microseconds; `null` where nothing was recorded. */
export const LatencyUs = z
  .strictObject({
    count,
    mean: z.number(),
    p50: z.number(),
    p90: z.number(),
    p99: z.number(),
    p999: z.number(),
    max: z.number(),
  })
  .nullable();
export type LatencyUs = z.infer<typeof LatencyUs>;

export const Failure = z.strictObject({ errno: z.string(), phase: FailurePhase, count });
export type Failure = z.infer<typeof Failure>;

/** What an engine did in one interval, or in total. attempts = completed + failures + the change of inFlight. */
export const LoadCounts = z.strictObject({
  /** Arrivals and slots that were started. */
  attempts: count,
  /** Arrivals of an open loop that were due and never started. Absent: the engine does not count them. */
  notStarted: count.optional(),
  /** Connections established. `null`: the engine does not report it. */
  connected: count.nullable(),
  /** Attempts that ended according to the close policy. */
  completed: count,
  /** `null`: the engine does not report it. */
  inFlight: count.nullable(),
  /** Connections that reached ESTABLISHED and then failed. `null`: the engine does not report it. */
  failedAfterConnect: count.nullable().default(null),
  /** Requests answered. `null`: the engine does not report it. */
  answers: count.nullable(),
  /** By errno and phase. `null`: failures inside the program were not counted. */
  failures: z.array(Failure).nullable(),
});
export type LoadCounts = z.infer<typeof LoadCounts>;

const LatencyNameSchema = z.enum(latencyNames);

export const LoadLatencies = z.strictObject({
  /** Time inside the connect(2) call: the port search, all CPU. */
  connectCallUs: LatencyUs,
  /** From the call of connect(2) until ESTABLISHED. */
  connectLatencyUs: LatencyUs,
  /** From the intended start until the answer is complete (no coordinated omission). */
  requestLatencyUs: LatencyUs,
  /** Intended start until connect(2): how late the arrival schedule ran. */
  scheduleLagUs: LatencyUs,
});
export type LoadLatencies = z.infer<typeof LoadLatencies>;

export const LoadResult = z.strictObject({
  ...LoadCounts.shape,
  ...LoadLatencies.shape,
  /**
   * The latencies' HDR histograms, compressed, in base64: the percentiles of several peers are merged from them.
   * Absent: the engine has none.
   */
  histograms: z.partialRecord(LatencyNameSchema, z.string()).optional(),
  /** Arrivals of an open loop that came due, by its schedule alone. Absent: not counted. */
  due: count.optional(),
  startedAt: t,
  endedAt: t,
  /** Time of the first failure of each kind. */
  firstFailures: z.array(z.strictObject({ errno: z.string(), phase: FailurePhase, at: t })),
  /** `kernel`: the program prints no counts; these come from the counters of its network namespace. */
  countedBy: z.literal('kernel').optional(),
  /** CPU of the engine, user + system. `null` where it is not known. */
  cpuMs: z.number().nullable(),
  /** What the engine cannot see or did wrong, as sentences. */
  blindSpots: z.array(z.string()).default([]),
  /** Engine's own version and transport. */
  engineVersion: z.string().nullable().default(null),
  /** Path the engine used for sockets. */
  transport: z.string().nullable().default(null),
});
export type LoadResult = z.infer<typeof LoadResult>;

/** The lifetime of a program, as its supervisor sees it. */
export const ProgramEvent = z.discriminatedUnion('is', [
  z.strictObject({
    is: z.literal('start'),
    /** Program and arguments, placeholders filled in. */
    command: z.array(z.string()),
    /** Its executable and the files among its arguments: name → first 12 digits of the SHA-256. Absent in older journals. */
    files: z.record(z.string(), z.string()).optional(),
    /** How its failed calls are traced; absent: they are not. */
    tracedBy: z.string().optional(),
    /** The kernel's tracepoint that reports connect() calls without a port; absent: it cannot be read here. */
    watchedBy: z.string().optional(),
  }),
  /** The program or a child process has run since the last such line; at most about five per second. */
  z.strictObject({ is: z.literal('active'), cpuMs: z.number() }),
  /** The program printed a line saying that no port was free; the first few such lines. */
  z.strictObject({ is: z.literal('message'), text: z.string() }),
  /** Failed calls since the last such line, from a trace of its system calls. */
  z.strictObject({
    is: z.literal('traced'),
    failures: z.array(
      z.strictObject({
        syscall: z.enum(['connect', 'bind']),
        errno: z.string(),
        address: z.string().nullable(),
        count,
      }),
    ),
  }),
  /** Counts of the tracepoint since the last such line. */
  z.strictObject({
    is: z.literal('port-misses'),
    /** connect() calls that found no free local port. */
    failed: z.array(z.strictObject({ destination: z.string(), count })),
    /** connect() calls of sockets that were bound to a port before, which the tracepoint cannot judge. */
    bound: count,
    /** Events that the kernel dropped. */
    lost: count,
  }),
  z.strictObject({
    is: z.literal('end'),
    /** `null`: a signal ended it. */
    code: z.int().nullable(),
    signal: z.string().nullable(),
    /** The lab ended it, because the load ended or the run was interrupted. */
    isOurs: z.boolean(),
    /** Lines that say that no port was free, in all. */
    messages: count,
    /** The last lines of its output, oldest first. */
    lastLines: z.array(z.string()),
    cpuMs: z.number().nullable(),
  }),
]);
export type ProgramEvent = z.infer<typeof ProgramEvent>;

/** Sockets of one network namespace with one remote end, by state. */
export const Occupancy = z.strictObject({
  way: z.enum(['opened', 'accepted']),
  /** The other end's address. */
  address: z.string(),
  /** Destination's port of those opened, own port of those accepted. */
  port: z.int(),
  states: z.record(z.string(), count),
});
export type Occupancy = z.infer<typeof Occupancy>;

const JournalLineUnion = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('run'),
    journalVersion: z.literal(journalVersion),
    id: z.string(),
    startedAt: z.iso.datetime(),
    command: z.array(z.string()),
    gitSha: z.string().nullable(),
    form: Form,
    host: HostFacts,
    /** Ids of all planned cells in order of running. */
    cells: z.array(z.string()),
    /** Conditions that the run must meet; absent: there are none. */
    gates: z.array(Gate).optional(),
  }),
  z.strictObject({ type: z.literal('cell'), t, cell, plan: CellPlan }),
  z.strictObject({
    type: z.literal('peer'),
    t,
    cell,
    role: Role,
    /** Inode of the peer's network namespace. */
    namespace: z.string(),
    pid: z.int().nullable(),
    /** How to look inside while it runs, for people. */
    inspect: z.string(),
    /** key → value read back after writing; `null`: the key does not exist there. */
    effective: z.record(z.string(), z.string().nullable()),
    requested: Sysctls,
    /** The kernel's defaults: what was read in the fresh namespace before anything was written there. */
    defaults: z.record(z.string(), z.string().nullable()).optional(),
    /** The peer's machine, where that is not the runner's. */
    host: PeerHost.optional(),
    /** Its clock against the runner's, where they differ. */
    clock: ClockOffset.optional(),
    /** TCP ports that had a listener before any server of the cell started, such as Docker's resolver's. */
    listening: z.array(z.int()).optional(),
    /** Of these, those whose listener is bound to one address: bind(2) may take them for another. */
    ofOneAddress: z.array(z.int()).optional(),
  }),
  z.strictObject({
    type: z.literal('server'),
    t,
    cell,
    role: Role,
    server: z.string(),
    version: z.string().nullable(),
    /** How this server ends connections. */
    closes: z.string(),
    /** Absent in older journals. */
    facts: ServerFacts.optional(),
    /** Absent: a server of the lab's, or an image. */
    program: ServedProgram.optional(),
  }),
  /** Written when a peer's load starts. Older journals have none. */
  z.strictObject({ type: z.literal('engine'), t, cell, role: Role, engine: z.string(), facts: EngineFacts }),
  /** The clock of a peer on another machine, measured again at the end of the load. */
  z.strictObject({ type: z.literal('clock'), t, cell, role: Role, ...ClockOffset.shape }),
  z.strictObject({
    type: z.literal('snapshot'),
    t,
    cell,
    role: Role,
    at: z.enum(['begin', 'load-end', 'end']),
    counters: Counters,
    /** TIME_WAIT (with FIN_WAIT2 kept as timewait sockets) now, from sockstat. */
    tw: count,
    states: z.record(z.string(), count).nullable(),
    smallFinWait2: count,
  }),
  z.strictObject({
    type: z.literal('sample'),
    t,
    cell,
    role: Role,
    /** Levels by the names of `sampledSeries`; absent or `null`: not read. */
    readings: z.record(z.string(), count.nullable()),
    counters: Counters,
    /** Time the sampler spent on this tick. */
    costMs: z.number(),
    /** How late the tick came. */
    lateMs: z.number(),
    /** Ticks that were skipped before this one. */
    missed: count,
  }),
  z.strictObject({
    type: z.literal('states'),
    t,
    cell,
    role: Role,
    /** Full state counts; TIME_WAIT is sockstat's `tw` minus the FIN_WAIT2 kept as timewait sockets. */
    states: z.record(z.string(), count),
    /** FIN_WAIT2 that the kernel keeps as timewait sockets: part of `tw`, not of TIME_WAIT. */
    smallFinWait2: count,
    costMs: z.number(),
  }),
  z.strictObject({
    type: z.literal('conntrack'),
    t,
    cell,
    role: Role,
    /** Entries by TCP state, from `conntrack -L`. */
    states: z.record(z.string(), count),
    costMs: z.number(),
  }),
  z.strictObject({
    type: z.literal('load'),
    t,
    cell,
    role: Role,
    intervalMs: z.number(),
    /** Arrivals that were due and not started yet at the end of the interval. Absent: not counted. `null`: a closed loop. */
    backlog: count.nullable().optional(),
    ...LoadCounts.shape,
    ...LoadLatencies.shape,
  }),
  z.strictObject({ type: z.literal('load-end'), t, cell, role: Role, result: LoadResult }),
  z.strictObject({
    type: z.literal('cpu'),
    t,
    cell,
    role: Role,
    /** Thread or process → busy share of one core since the last such line; of many threads it may be above 1. */
    busy: z.record(z.string(), z.number()),
  }),
  z.strictObject({
    type: z.literal('gauge'),
    t,
    cell,
    role: Role,
    /** Readings of the program under test: pool statistics and the like. */
    values: z.record(z.string(), z.number()),
  }),
  z.strictObject({
    type: z.literal('occupancy'),
    t,
    cell,
    role: Role,
    /** Right after the load: sockets by remote end. */
    sockets: z.array(Occupancy),
  }),
  z.strictObject({
    type: z.literal('program'),
    t,
    cell,
    role: Role,
    /** What happened to a program that makes the load. */
    event: ProgramEvent,
  }),
  z.strictObject({
    type: z.literal('ports'),
    t,
    cell,
    role: Role,
    /** Local ports that connect() may choose from: the range minus reserved ports and listeners in it. */
    usable: count,
    /** Local ports in use from a source to a destination, TIME_WAIT included; the fullest pairs. */
    pairs: z.array(z.strictObject({ source: z.string(), destination: z.string(), used: count })),
    /** Local ports in use from a source to any destination; the fullest sources. */
    sources: z.array(z.strictObject({ source: z.string(), used: count })),
    costMs: z.number(),
  }),
  z.strictObject({
    type: z.literal('lifetimes'),
    t,
    cell,
    role: Role,
    /** Each watched TIME_WAIT socket: when first and last seen, and when first found gone. */
    sockets: z.array(z.strictObject({ localPort: z.int(), createdAt: t, lastSeenAt: t, goneAt: t.nullable() })),
  }),
  z.strictObject({
    type: z.literal('disturbance'),
    t,
    cell,
    /** What disturbed the cell (PSI, steal, run queue); it is run again or marked. */
    text: z.string(),
  }),
  z.strictObject({
    type: z.literal('cell-end'),
    t,
    cell,
    state: z.enum(['measured', 'skipped', 'failed', 'interrupted']),
    reason: z.string().optional(),
    hint: z.string().optional(),
    setupMs: z.number().nullable(),
    teardownMs: z.number().nullable(),
  }),
  z.strictObject({ type: z.literal('run-end'), t, interrupted: z.boolean() }),
]);
export const JournalLine = JournalLineUnion;
export type JournalLine = z.infer<typeof JournalLine>;
export type JournalLineOf<K extends JournalLine['type']> = Extract<JournalLine, { type: K }>;
