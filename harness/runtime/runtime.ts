import type { Readable, Writable } from 'node:stream';
import type { CellPlan } from '../model/cell.ts';
import type { HostFacts } from '../model/journal.ts';
import type { PeerHost } from '../model/peer-host.ts';
import type { PlanningRuntime } from '../model/runtime.ts';
import type { ClientImage } from '../model/scenario.ts';
import type { QdiscKind } from '../plan/link-skip.ts';
import type { SubnetRange } from '../plan/topology.ts';

/** Whether a runtime works on this machine. */
export interface Availability {
  available: boolean;
  /** One line for people: how it will run, or why it cannot. */
  detail: string;
  /** The command that makes it available, or installs what it still lacks. */
  hint?: string;
  /** What a run has to do first, such as `images are built first`; absent: ready. `auto` prefers ready runtimes. */
  preparation?: string;
}

/** A started peer: one network namespace with an agent in it. */
export interface Peer {
  readonly role: string;
  /** NDJSON to and from the agent (model/protocol.ts). */
  readonly input: Writable;
  readonly output: Readable;
  /** Pid on this machine of a process in the peer's namespace; `null`: none. */
  readonly pid: number | null;
  /** The machine that it runs on, where that is not the runner's. */
  readonly host?: PeerHost;
  /** A command that lists the peer's sockets while it runs, for people. */
  readonly inspect: string;
  /**
   * Runs a client image in this peer's network namespace until it ends; `null` exit code: it was ended from outside.
   * Absent if the runtime lacks the capability `images`.
   */
  runImage?(image: ClientImage): Promise<{ exitCode: number | null; exitReason: string }>;
  /** Resolves with the exit reason when the agent's process ends, whatever the cause. Never rejects. */
  readonly ended: Promise<string>;
}

/** The started peers of one cell and the links between them. */
export interface Testbed {
  readonly peers: readonly Peer[];
  /** Time from the call of start() until every peer's process runs and its links are up. */
  readonly setupMs: number;
  /** Ends all processes and removes all namespaces; resolves when nothing is left. Idempotent. */
  stop(): Promise<void>;
}

export interface StartOptions {
  runId: string;
  signal: AbortSignal;
}

/** Subnets reserved for one run until it releases them. */
export interface SubnetClaim extends SubnetRange {
  release(): Promise<void>;
}

/** Removed objects of dead runs, one per line. */
export interface Leftovers {
  removed: string[];
  /** Objects that could not be removed, each with the reason. */
  left: string[];
}

/** Creates testbeds. All errors are HarnessErrors. */
export interface Runtime extends PlanningRuntime {
  /** Who writes sysctls: the agent inside the peer, or the runtime when it creates the namespace. */
  readonly sysctlsBy: 'agent' | 'runtime';
  availability(): Promise<Availability>;
  /** Facts for the report's host section. */
  facts(): Promise<Pick<HostFacts, 'privilege' | 'versions' | 'programs'>>;
  /** Which of these sysctl keys exist and are writable in a new namespace; `null`: unknown before the start. */
  settableSysctls(keys: readonly string[]): Promise<ReadonlySet<string> | null>;
  /** Which of these queueing disciplines (plan/link-skip.ts) its peers' kernel has; absent or `null`: not known. */
  qdiscs?(kinds: readonly QdiscKind[]): Promise<ReadonlySet<string> | null>;
  /** Components available to peers (nginx, redis, …); absent or `null`: all that any scenario requires. */
  components?(): Promise<ReadonlySet<string> | null>;
  /** Where peers would find a program, by name or path; `null`: not found. Absent: they have their own file system. */
  findProgram?(program: string): string | null;
  /** Which files of a command line its user could not execute or read in a peer. Absent: as for findProgram. */
  unusableFiles?(argv: readonly string[]): Promise<{ files: string[]; user: string }>;
  /** Reserves subnets for one run if runs would otherwise share them; absent: each run has all of them. */
  claimSubnets?(runId: string): Promise<SubnetClaim>;
  start(plan: CellPlan, options: StartOptions): Promise<Testbed>;
  /** Removes what dead runs left behind. Ends within seconds, even if something hangs. */
  removeLeftovers(): Promise<Leftovers>;
  /** Releases the runtime's own resources, such as helper processes. Idempotent. */
  close(): Promise<void>;
}
