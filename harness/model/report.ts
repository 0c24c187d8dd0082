import * as z from 'zod';
import { Family } from './address.ts';
import { Fit } from './fit.ts';
import { GateResult } from './gates.ts';
import { Failure, HostFacts, LatencyUs } from './journal.ts';
import { ServedProgram } from './load-facts.ts';
import { ClockOffset, PeerHost } from './peer-host.ts';
import { ClosePolicy, Form, Role, TcpState, type Verdict } from './vocabulary.ts';

/**
 * report.json: a contract, versioned. Fields may be added freely; a field that changes its meaning or is removed
 * raises `schemaVersion`, and needs a migration.
 */
export const reportVersion = 2;

const count = z.number();

/** A level over the measured time. */
const Level = z.strictObject({ peak: count, atEnd: count, mean: z.number() });
export type Level = z.infer<typeof Level>;

/**
 * One state over the measured time; `null`: never read. `source`: `samples`, several a second, or `dumps`, one a
 * second and one at each new height of ESTABLISHED, which miss sockets that appear and disappear between two of them.
 */
export const StateSummary = Level.extend({ source: z.enum(['samples', 'dumps']) }).nullable();
export type StateSummary = z.infer<typeof StateSummary>;

export const TimeWaitCounts = z.strictObject({
  /** TcpExt TW + TWKilled, minus `finWait2`: TIME_WAITs scheduled. `null`, here and below: the kernel has no such counter. */
  created: count.nullable(),
  /**
   * Orphaned FIN_WAIT2, which the kernel keeps as timewait sockets and counts under TW, and which never became
   * TIME_WAIT because the other side did not close.
   */
  finWait2: count.optional(),
  /** TcpExt TWRecycled: reused by the peer's own connect(). */
  recycled: count.nullable(),
  /** TcpExt TCPTimeWaitOverflow: closed without one, tcp_max_tw_buckets reached. */
  overflowed: count.nullable(),
  /** Highest sockstat `tw` of all samples. */
  peak: count,
  /** sockstat `tw` at the end. */
  live: count,
});

export const PeerReport = z.strictObject({
  /** The role in the scenario that it plays: `client` for client1, client2, … */
  kind: Role,
  /** The machine that it ran on, where that was not the runner's. */
  host: PeerHost.optional(),
  /** That machine's monotonic clock against the runner's. */
  clock: ClockOffset.optional(),
  sysctls: z.strictObject({
    requested: z.record(z.string(), z.string()),
    /** Read back inside the peer; `null`: the key does not exist there. */
    effective: z.record(z.string(), z.string().nullable()),
    /** Of a fresh network namespace on this kernel; a key that is absent here was not read before it was written. */
    defaults: z.record(z.string(), z.string().nullable()).optional(),
    /**
     * Settings that the quick form scaled, with the original value: requested, or the kernel's default. Absent: none.
     */
    unscaled: z.record(z.string(), z.string()).optional(),
  }),
  states: z.record(TcpState, StateSummary),
  /** Each of `sampledSeries` over all samples; `null`: never read. */
  sampled: z.record(z.string(), Level.nullable()),
  timeWait: TimeWaitCounts,
  conntrack: z
    .strictObject({
      entriesPeak: count,
      /** Highest and last number of entries in TIME_WAIT; `null`: `conntrack -L` not found. */
      timeWaitPeak: count.nullable(),
      timeWaitAtEnd: count.nullable(),
      establishedAtEnd: count.nullable(),
    })
    .nullable(),
  /** MIB name → growth over the cell. */
  counters: z.record(z.string(), z.number()),
  sampler: z.strictObject({
    ticks: count,
    missed: count,
    late: count,
    meanCostMs: z.number(),
    maxCostMs: z.number(),
  }),
  /** Thread or process → mean busy share of one core during the load. `null`: not read. */
  cpu: z.record(z.string(), z.number()).nullable(),
  /** TCP ports on which its servers listen. Absent: none, or an older report. */
  listening: z.array(z.int()).optional(),
  servers: z.array(
    z.strictObject({
      server: z.string(),
      version: z.string().nullable(),
      closes: z.string(),
      /** Absent: a server of the lab's, or an image. */
      program: ServedProgram.optional(),
      /** The image in place of the lab's server; absent: none. */
      image: z.string().optional(),
    }),
  ),
  /** Sockets by their other end, right after the load: TIME_WAIT per hop and per destination. */
  hops: z
    .array(
      z.strictObject({
        way: z.enum(['opened', 'accepted']),
        /** Role of the other end; `null`: no peer has that address (a gateway's clients, loopback). */
        role: Role.nullable(),
        address: z.string(),
        port: z.int(),
        states: z.record(z.string(), count),
      }),
    )
    .optional(),
  /** Last, highest and first reading of each gauge of the program under test. */
  gauges: z.record(z.string(), z.strictObject({ first: z.number(), last: z.number(), max: z.number() })),
});
export type PeerReport = z.infer<typeof PeerReport>;

export const LoadReport = z.strictObject({
  engine: z.string(),
  engineVersion: z.string().nullable(),
  transport: z.string().nullable(),
  closePolicy: ClosePolicy,
  attempts: count,
  /** Arrivals of an open loop that came due, and those of them that were never started. Absent: the engine counts neither. */
  due: count.optional(),
  notStarted: count.optional(),
  connected: count.nullable(),
  completed: count,
  /** Requests answered; `null`: the program does not report them. */
  answers: count.nullable(),
  /** Attempts still unfinished when the load ended. `null`: the engine does not report it. */
  inFlight: count.nullable(),
  /** `null`: failures inside the program were not counted. */
  failures: z.array(Failure).nullable(),
  durationMs: z.number(),
  /**
   * `kernel`: the program prints no counts; `attempts` and the like come from the counters of its network namespace.
   */
  countedBy: z.literal('kernel').optional(),
  rate: z.strictObject({
    /**
     * What `achieved` and `peak` count: connections completed, or requests answered where connections are reused.
     * Absent in older reports.
     */
    counts: z.enum(['connections', 'requests']).optional(),
    /** Arrivals per second requested; `null`: closed loop, or a program that sets its own pace. */
    offered: z.number().nullable(),
    /** What was completed per second over the load's time, dead time included. */
    achieved: z.number(),
    /** Highest of any one second; `null`: not counted by the second, or the load was shorter. */
    peak: z.number().nullable(),
  }),
  connectCallUs: LatencyUs,
  connectLatencyUs: LatencyUs,
  requestLatencyUs: LatencyUs,
  scheduleLagUs: LatencyUs,
  blindSpots: z.array(z.string()),
});
export type LoadReport = z.infer<typeof LoadReport>;

/** One phase of the load. Times in ms since the load began. */
export const Phase = z.strictObject({
  phase: z.enum(['healthy', 'degraded', 'exhausted', 'recovered']),
  fromMs: z.number(),
  toMs: z.number(),
  /** Mean of connect(2) in this stretch; `null`: no connect() returned. */
  connectCallMeanUs: z.number().nullable(),
  /** Connections established; `null`: the engine does not count them. */
  connectedPerSec: z.number().nullable(),
});
export type Phase = z.infer<typeof Phase>;

const Compared = z.strictObject({
  predicted: z.number().nullable(),
  measured: z.number().nullable(),
  /** (measured − predicted) / predicted; `null` where either is. */
  error: z.number().nullable(),
});

export const BudgetReport = z.strictObject({
  /** Ports, destinations, sources; four-tuples = their product. */
  ports: count,
  destinations: count,
  sources: count,
  /** Destinations that share the ports of each source, because bind() chooses a port before the destination is known. */
  sharedBy: count.optional(),
  fourTuples: count,
  maxRatePerSec: Compared,
  timeToExhaustionMs: Compared,
  timeToDegradedMs: Compared,
  plateau: Compared,
  /** Most arrivals in any tcp_tw_reuse_delay: more of them than four-tuples run these out. Absent: no reuse, or a closed loop. */
  burst: Compared.extend({ windowMs: z.number() }).optional(),
  /**
   * When the ports would run out at the offered rate, if after the end of the load. Absent: within the load, or never.
   */
  exhaustionAfterLoadMs: z.number().optional(),
  notes: z.array(z.string()),
});
export type BudgetReport = z.infer<typeof BudgetReport>;

/** Time inside connect(2) by how many of the four-tuples were in use. */
export const SearchReport = z.strictObject({
  /** By tenths of the four-tuples: from 0 %, 10 %, … Those without a call are left out. */
  tenths: z.array(z.strictObject({ fromPercent: z.number(), calls: count, connectCallUs: z.number() })),
  /** Median below 40 % and from 50 % on; `null`: no call. */
  belowHalfUs: z.number().nullable(),
  pastHalfUs: z.number().nullable(),
  /** pastHalfUs / belowHalfUs: the height of the port-search cliff. */
  ratio: z.number().nullable(),
});
export type SearchReport = z.infer<typeof SearchReport>;

/** left and right must agree: |residual| ≤ tolerance. `basis` says why, with the source. */
export const Identity = z.strictObject({
  name: z.string(),
  left: z.number(),
  right: z.number(),
  residual: z.number(),
  tolerance: z.number(),
  holds: z.boolean(),
  basis: z.string(),
});
export type Identity = z.infer<typeof Identity>;

export const ExpectationResult = z.strictObject({
  text: z.string(),
  holds: z.boolean(),
  observed: z.string(),
});
export type ExpectationResult = z.infer<typeof ExpectationResult>;

const cellHead = {
  id: z.string(),
  scenario: z.string(),
  variant: z.string().optional(),
  profile: z.string(),
  /** Command-line settings that replace the profile's own; absent: there are none. */
  overrides: z.array(z.string()).optional(),
  repetition: z.int(),
  form: Form,
  /** Internet protocol of the links; absent: 4, or in reports before it could be chosen. */
  family: Family.optional(),
};

/** Whether the load's ports ran out, from every witness that could see it (analysis/witness). */
export const ExhaustionReport = z.strictObject({
  /** `null`: no witness could see it. */
  ranOut: z.boolean().nullable(),
  /** `observed`: an errno was counted; `inferred`: every four-tuple of a destination was in use while the program went on. */
  certainty: z.enum(['observed', 'inferred']).optional(),
  /** Who saw it: `trace`, `counts`, `messages`, `ports`. */
  witness: z.string().optional(),
  /** Since the load began, ms. `null`: not known. */
  atMs: z.number().nullable().optional(),
  /** `198.18.0.102:8080`; `null`: not known, or several. */
  destination: z.string().nullable().optional(),
  /** Calls that failed; `null`: not counted. */
  count: count.nullable().optional(),
  /** What the program did then; `null`: one of the lab's engines made the load. */
  afterwards: z.string().nullable().optional(),
  /** What each witness says, the decisive one first. */
  evidence: z.array(z.string()),
});
export type ExhaustionReport = z.infer<typeof ExhaustionReport>;

/** A program that made the load: its whole life. Times in ms since the load began. */
export const ProgramReport = z.strictObject({
  role: Role,
  command: z.array(z.string()),
  /** Its executable and the files among its arguments: name → first 12 digits of the SHA-256. Absent in older reports. */
  files: z.record(z.string(), z.string()).optional(),
  /** Its failed calls were traced, which slows it down. */
  tracedBy: z.string().optional(),
  /** `null`: it was never seen to end. */
  endedAtMs: z.number().nullable(),
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  /** The lab ended it at the end of the load. */
  endedByLab: z.boolean().nullable(),
  /** Lines that say that no port was free; the first few. */
  messages: z.array(z.string()),
  lastLines: z.array(z.string()),
  cpuMs: z.number().nullable(),
});
export type ProgramReport = z.infer<typeof ProgramReport>;

export const Measurement = {
  peers: z.record(Role, PeerReport),
  load: LoadReport,
  phases: z.strictObject({
    timeToDegradedMs: z.number().optional(),
    timeToExhaustionMs: z.number().optional(),
    /** Load start until connections succeed again after exhaustion. */
    recoveryMs: z.number().optional(),
    stretches: z.array(Phase),
  }),
  budget: BudgetReport.nullable(),
  /** Absent: the engine does not time connect(), or in older reports. */
  search: SearchReport.optional(),
  /** Absent in older reports. */
  exhaustion: ExhaustionReport.optional(),
  /** Programs of the user or of the catalogue that made the load; absent: one of the lab's engines did. */
  programs: z.array(ProgramReport).optional(),
  ledger: z.strictObject({ closes: z.boolean(), identities: z.array(Identity) }),
  /** Who closed first: share of TIME_WAITs created, by role. */
  closedFirst: z.record(Role, z.number()),
  expectations: z.array(ExpectationResult),
  /** The figures that the verdict rests on. */
  evidence: z.array(z.string()),
  /** Derived explanation as sentences, every figure from this cell. */
  explanation: z.array(z.string()),
  lifetimes: z
    .strictObject({
      count,
      minMs: z.number(),
      maxMs: z.number(),
      meanMs: z.number(),
      resolutionMs: z.number(),
      /** Distinct expiry instants and the number of sockets that expired at each. */
      steps: z.array(z.strictObject({ atMs: z.number(), count })),
      stepMs: z.number().nullable(),
    })
    .optional(),
  setupMs: z.number().nullable(),
  teardownMs: z.number().nullable(),
  disturbances: z.array(z.string()),
};

const measured = <V extends Verdict>(verdict: V) =>
  z.strictObject({
    ...cellHead,
    verdict: z.literal(verdict),
    reason: z.string().optional(),
    hint: z.string().optional(),
    ...Measurement,
  });

/** Numbers exist only where they are valid: a skipped or failed cell has a reason instead. */
export const CellReport = z.discriminatedUnion('verdict', [
  measured('healthy'),
  measured('degraded'),
  measured('exhausted'),
  measured('overflow'),
  measured('leaking'),
  measured('inconclusive'),
  measured('unknown'),
  measured('invalid'),
  z.strictObject({
    ...cellHead,
    verdict: z.literal('skipped'),
    reason: z.string(),
    hint: z.string().optional(),
  }),
  z.strictObject({
    ...cellHead,
    verdict: z.literal('failed'),
    reason: z.string(),
    hint: z.string().optional(),
    /** The run was stopped while this cell ran; what was measured until then is in `partial`. */
    interrupted: z.boolean(),
    partial: z.strictObject(Measurement).optional(),
  }),
]);
export type CellReport = z.infer<typeof CellReport>;
export type MeasuredCell = Exclude<CellReport, { verdict: 'skipped' } | { verdict: 'failed' }>;

export const Comparison = z.strictObject({
  scenario: z.string(),
  variant: z.string().optional(),
  baseProfile: z.string(),
  profile: z.string(),
  metric: z.string(),
  base: z.number(),
  value: z.number(),
  delta: z.number(),
  /** `null`: the base is 0. */
  deltaPercent: z.number().nullable(),
  outcome: z.enum(['better', 'worse', 'same', 'noise']),
  /**
   * How the outcome was decided. `exact`: the same in every repetition; `tested`: Mann-Whitney over the repetitions;
   * `untested`: too few repetitions, only a large difference is reported.
   */
  basis: z.enum(['exact', 'tested', 'untested']).optional(),
  /** 95 % confidence interval of value/base; wider than that for few repetitions. */
  ratioInterval: z.tuple([z.number(), z.number()]).optional(),
});
export type Comparison = z.infer<typeof Comparison>;

/** What advice can be about, most urgent first: recommendations come in this order. */
export const adviceKinds = [
  'close-connections',
  'enable-timestamps',
  'reuse-connections',
  'raise-idle-limit',
  'set',
  'close-at-other-end',
  'bind-without-port',
  'more-four-tuples',
  'put-off',
  'reserve-ports',
  'leave',
] as const;

export const Recommendation = z.strictObject({
  scenario: z.string(),
  /** Absent in reports of older versions, as are the two below. */
  kind: z.enum(adviceKinds).optional(),
  /** The cells that it is for. */
  cells: z.strictObject({ variant: z.string().optional(), profile: z.string(), form: Form }).optional(),
  action: z.string(),
  /** The figures that support it, from this run. */
  because: z.string(),
  /** The same in a few words, for a summary: `2,000 failures → 0`. Absent in older reports. */
  inShort: z.string().optional(),
  /** Settings to change, unscaled, by role and key. Absent: the advice is not about settings. */
  settings: z.record(Role, z.record(z.string(), z.string())).optional(),
  /** What it needs and what it may break, one sentence each. Absent: nothing is known, or the report is older. */
  costs: z.array(z.string()).optional(),
});
export type Recommendation = z.infer<typeof Recommendation>;

export const Report = z.strictObject({
  schemaVersion: z.literal(reportVersion),
  run: z.strictObject({
    id: z.string(),
    startedAt: z.iso.datetime(),
    durationMs: z.number(),
    command: z.array(z.string()),
    gitSha: z.string().nullable(),
    form: Form,
    interrupted: z.boolean(),
  }),
  host: HostFacts,
  cells: z.array(CellReport),
  comparisons: z.array(Comparison),
  recommendations: z.array(Recommendation),
  /** How well saved loads repeat what was observed; absent: the run has none. */
  fits: z.array(Fit).optional(),
  /** Every gate in every cell it is for; absent: the run had none. */
  gates: z.array(GateResult).optional(),
});
export type Report = z.infer<typeof Report>;

/** True for cells that carry numbers a comparison may use. */
export function isMeasured(cell: CellReport): cell is MeasuredCell {
  return cell.verdict !== 'skipped' && cell.verdict !== 'failed';
}
