import * as z from 'zod';
import { Family } from './address.ts';
import { ObservedFigures } from './fit.ts';
import { Link } from './link.ts';
import { Symptoms } from './symptoms.ts';
import { ClosePolicy, Form, Role, RuntimeName, Sysctls } from './vocabulary.ts';

/** What a peer serves. `parameters` belong to the named server (see harness/servers/traits.ts). */
export const ServerSpec = z.strictObject({
  server: z.string(),
  /**
   * Listening ports; more than one multiplies the four-tuples. None: a program that only opens connections to `upstream`,
   * as a second client does; it starts and ends with the load.
   */
  ports: z.array(z.int().min(1).max(65535)).default([8080]),
  /** Role of the next hop, for servers that forward requests. */
  upstream: z.array(Role).optional(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});
export type ServerSpec = z.infer<typeof ServerSpec>;

/** A third-party container image that serves on a peer's network stack; needs a runtime that can run images. */
export const ForeignImage = z.strictObject({
  reference: z.string().min(1),
  env: z.record(z.string(), z.string()).default({}),
});
export type ForeignImage = z.infer<typeof ForeignImage>;

/** An image that makes the load in a peer's network namespace. Placeholders in args as in a client command. */
export const ClientImage = ForeignImage.extend({ args: z.array(z.string()).default([]) });
export type ClientImage = z.infer<typeof ClientImage>;

export const PeerSpec = z.strictObject({
  /** How many identical peers; more than one makes roles client1, client2, … */
  count: z.int().min(1).max(64).default(1),
  /** Addresses on each of the peer's links. */
  addresses: z.int().min(1).max(64).default(1),
  /** Settings of this peer under every profile; a profile's own values win. */
  sysctls: Sysctls.default({}),
  serves: z.array(ServerSpec).default([]),
  /** Serves in place of the lab's own servers; `serves` then names the ports, server `image`. */
  image: ForeignImage.optional(),
  /** Forwards packets between its links (net.ipv4.ip_forward inside the peer, or net.ipv6.conf.all.forwarding). */
  forwards: z.boolean().default(false),
  /** nftables ruleset loaded inside the peer (`nft -f -`); also what makes conntrack count. */
  nftables: z.string().optional(),
});
export type PeerSpec = z.infer<typeof PeerSpec>;

/**
 * Arrival schedule: closed loop keeps `concurrency` connections in flight; open loop starts connections at a rate,
 * whatever the answers.
 */
export const Arrival = z.discriminatedUnion('loop', [
  z.strictObject({ loop: z.literal('closed'), concurrency: z.int().min(1).max(100_000) }),
  z.strictObject({
    loop: z.literal('open'),
    ratePerSec: z.number().positive().max(10_000_000),
    spacing: z.enum(['uniform', 'poisson']).default('uniform'),
    /** Arrivals that come due with this many in flight are not started, and counted apart from failures. */
    maxInFlight: z.int().min(1).default(4096),
  }),
]);
export type Arrival = z.infer<typeof Arrival>;

/** Threads of a load in one peer. */
export const mostThreads = 64;

export const LoadSpec = z.strictObject({
  /** Role (all peers of it) that makes the load, and the role whose servers it goes to. */
  from: Role.default('client'),
  to: Role.default('server'),
  /** Name of the engine that makes the load (harness/load/traits.ts). */
  engine: z.string().default('churn'),
  closePolicy: ClosePolicy,
  /** Makes the load in place of an engine of the lab's; goes with engine `outside`. */
  image: ClientImage.optional(),
  arrival: Arrival,
  durationMs: z
    .int()
    .min(100)
    .max(24 * 3600 * 1000),
  /** Ends early after this many connections (or requests); absent: time alone ends it. */
  maxAttempts: z.int().min(1).optional(),
  /** Sampling goes on this long after the load, to see recovery or expiry. */
  observeMs: z.int().min(0).default(0),
  /** 1: a connection per request. 0: as many as the time allows (keep-alive). */
  requestsPerConnection: z.int().min(0).default(1),
  /**
   * A request without its answer for so long fails with ETIMEDOUT: a connection's first counts from connect(2), each
   * further one from when it is sent. wrk rounds it up to whole seconds.
   */
  timeoutMs: z.int().min(1).default(5000),
  /** Threads that make the load in each load peer, for engines that have threads. */
  threads: z.int().min(1).max(mostThreads).default(1),
  /** Path of each HTTP request. */
  path: z.string().startsWith('/').default('/'),
  /** Number of client addresses to bind before connect(); 0 leaves the choice to the kernel. */
  bindAddresses: z.int().min(0).max(64).default(0),
  /**
   * Whether they are bound with IP_BIND_ADDRESS_NO_PORT, so that connect() chooses the port: destinations do not share
   * a source's ports then. Only for a program that sets it itself.
   */
  bindNoPort: z.boolean().default(false),
  /** Engine's own settings. */
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});
export type LoadSpec = z.infer<typeof LoadSpec>;

/**
 * An expectation of a scenario, or a gate: `holds` is a comparison over metric names
 * (docs/report.md), for example `client.timeWait.recycled > 0`.
 */
export const Expectation = z.strictObject({
  text: z.string(),
  holds: z.string(),
  /** Only for cells of these profiles, variants or forms; absent: for all. */
  profiles: z.array(z.string()).optional(),
  variants: z.array(z.string()).optional(),
  form: Form.optional(),
  /** Only for this arrival schedule, which --rate can change. */
  loop: z.enum(['open', 'closed']).optional(),
});
export type Expectation = z.infer<typeof Expectation>;

/** Figures that somebody else published for an experiment. */
export const Published = z.strictObject({
  /** When, with what, how counted; a sentence without its full stop. */
  source: z.string(),
  /** The two profiles that they are of. */
  profiles: z.tuple([z.string(), z.string()]),
  rows: z
    .array(
      z.strictObject({
        side: z.string(),
        state: z.string(),
        /** Our metric to compare it with. */
        metric: z.string(),
        /** `null`: not given. */
        values: z.tuple([z.number().nullable(), z.number().nullable()]),
        note: z.string().optional(),
      }),
    )
    .min(1),
});
export type Published = z.infer<typeof Published>;

/** What somebody reported of a case that the scenario reproduces; the run decides whether it is confirmed. */
export const Claim = z.strictObject({
  /** Where it was reported: `moby/moby 47537`. */
  source: z.string(),
  /** What they saw, with their figures. */
  saw: z.string(),
  /** The cells that decide; absent: those of every variant or profile. */
  variant: z.string().optional(),
  profile: z.string().optional(),
  /**
   * What this run shows: a text with metrics of these cells in braces, `{lb.timeWait.created}`, or of the variant
   * `against`, `{against:lb.timeWait.created}`.
   */
  ours: z.string(),
  /** Comparison over metrics that confirms the claim if it holds in all of these cells. */
  confirmed: z.string(),
  /** … and one that contradicts it. If neither holds, the claim is not confirmed. */
  contradicted: z.string().optional(),
  /** The variant whose values `baseline` stands for in both. */
  against: z.string().optional(),
  /** The reason for the result, in a sentence. */
  why: z.string(),
});
export type Claim = z.infer<typeof Claim>;

const metricInBraces = /\{(against:)?([^{}]+)\}/g;

/** Names of the metrics in a claim's text. */
export function metricsIn(text: string): string[] {
  return [...text.matchAll(metricInBraces)].map((match) => match[2] as string);
}

/** The text with each metric in braces replaced. */
export function withMetrics(text: string, replacement: (name: string, isAgainst: boolean) => string): string {
  return text.replace(metricInBraces, (_, against: string | undefined, name: string) =>
    replacement(name, against !== undefined),
  );
}

/** One scenario: what is exercised. Pure data, so that it can be listed, mutated in a test, or read from a file. */
export const Scenario = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  title: z.string(),
  /** A paragraph for --list --json, reports and docs: what it shows and why. */
  story: z.string(),
  /** What its users see, for `--list --symptom TEXT`. */
  symptoms: Symptoms.prefault({}),
  /** What to do about it, for its page. */
  advice: z.string().optional(),
  /** Metrics that its page shows beside the verdict and the TIME_WAITs. */
  columns: z.array(z.string()).default([]),
  /** Compared with ours in every report. */
  published: Published.optional(),
  /** What a live host showed, whose load this repeats: the report says how well it does. */
  observed: ObservedFigures.optional(),
  /** Reports from the field that its page compares with ours. */
  claims: z.array(Claim).default([]),
  peers: z.record(Role, PeerSpec),
  /** Links between roles, or of a role with itself (loopback); a role with a count gets one link for each peer. */
  links: z.array(Link).min(1),
  /** Internet protocol of all links. `--family` replaces it. Default 4. */
  family: Family.default(4),
  load: LoadSpec,
  /** Profiles used when the command names none; the first is the base of the comparison. */
  profiles: z.array(z.string()).min(1),
  /** Role whose ports, occupancy and phases the verdict looks at (the active opener). */
  subject: Role.default('client'),
  expectations: z.array(Expectation).default([]),
  /** Quick form: ports scaled to `ports` for 28,232 with the range, and these load fields replaced. */
  quick: z
    .strictObject({
      scalePorts: z.boolean().default(true),
      ports: z.int().min(2).max(28_232).default(1000),
      load: z.record(z.string(), z.unknown()).default({}),
    })
    .optional(),
  /** Named changes to the scenario (deep-merged); every variant becomes cells of its own. */
  variants: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  /** Per-socket TIME_WAIT lifetime watch at this rate; for few sockets only. */
  watchLifetimesHz: z.number().positive().max(100).optional(),
  /**
   * Role that keeps the TIME_WAIT and reads how much memory they take. The kernel's slabs are machine-wide, so these
   * cells run after all others, alone.
   */
  watchSlab: Role.optional(),
  /** Components in addition to those that its engine, servers and rulesets need (harness/components/table.ts). */
  requires: z.array(z.string()).default([]),
  /** Runtimes that it is limited to; absent: every one that can do what it needs (images, slab statistics). */
  runtimes: z.array(RuntimeName).min(1).optional(),
});
export type Scenario = z.infer<typeof Scenario>;
/** What a scenario file writes: fields with defaults may be left out. */
export type ScenarioInput = z.input<typeof Scenario>;

/** A named set of sysctls, per role; `all` holds for every role. */
export const Profile = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9+._-]*$/),
  title: z.string(),
  sysctls: z.record(z.union([z.literal('all'), Role]), Sysctls),
  /** Where the key does not exist the cell is skipped with this reason. */
  skipReason: z.string().optional(),
  /** What a reader must know about it; part of every cell under it. */
  notes: z.array(z.string()).optional(),
});
export type Profile = z.infer<typeof Profile>;
