import type { Readable, Writable } from 'node:stream';
import type { CellPlan } from '../model/cell.ts';
import type { PlanningRuntime } from '../model/runtime.ts';
import type { ClientImage } from '../model/scenario.ts';
import type { SubnetRange } from '../plan/topology.ts';

/** Whether a runtime works on this machine. */
export interface Availability {
  available: boolean;
  /** One line for people: which form will be used, or why there is none. */
  detail: string;
  /** The command that makes it available, or that completes what it has. */
  hint?: string;
  /** What a run does first, such as `images are built first`; absent: it is ready. `auto` prefers what is ready. */
  preparation?: string;
}

/** A started peer: one network stack with an agent in it. */
export interface Peer {
  readonly role: string;
  /** NDJSON to and from the agent (model/protocol.ts). */
  readonly input: Writable;
  readonly output: Readable;
  /** Pid on this machine of a process inside the peer's namespace; `null` where there is none. */
  readonly pid: number | null;
  /** A command with which a person looks at the peer's sockets while it runs. */
  readonly inspect: string;
  /**
   * Runs a client image on this peer's network stack until it ends; `null` exit code: it was ended from outside.
   * Absent where the runtime has no capability `images`.
   */
  runImage?(image: ClientImage): Promise<{ exitCode: number | null; exitReason: string }>;
  /** Resolves with the exit reason when the agent's process ends, whatever the cause. Never rejects. */
  readonly ended: Promise<string>;
}

/** The started peers of one cell and the links between them. */
export interface Testbed {
  readonly peers: readonly Peer[];
  /** From the call of start() until every peer's process runs and its links are up. */
  readonly setupMs: number;
  /** Ends all processes and removes all stacks; resolves when nothing is left. Idempotent. */
  stop(): Promise<void>;
}

export interface StartOptions {
  runId: string;
  signal: AbortSignal;
}

/** Subnets that a run alone uses until it gives them back. */
export interface SubnetClaim extends SubnetRange {
  release(): Promise<void>;
}

/** Things of dead runs, a line each. */
export interface Leftovers {
  removed: string[];
  /** Found and still there, each with the reason. */
  left: string[];
}

/** What makes testbeds. Errors are HarnessErrors, made here. */
export interface Runtime extends PlanningRuntime {
  /** Who writes sysctls: the agent inside the peer, or the runtime when it makes the stack. */
  readonly sysctlsBy: 'agent' | 'runtime';
  availability(): Promise<Availability>;
  /** Facts for the report's host section. */
  facts(): Promise<{ privilege: 'root' | 'user-namespace' | 'none'; versions: Record<string, string | null> }>;
  /** Which of these sysctl keys are writable in a fresh network namespace; `null`: unknown before the start. */
  settableSysctls(keys: readonly string[]): Promise<ReadonlySet<string> | null>;
  /** Components that peers find (nginx, redis, …); absent or `null`: all that any scenario requires. */
  components?(): Promise<ReadonlySet<string> | null>;
  /** Where its peers would find a program, by name or path; `null`: nowhere. Absent: they have files of their own. */
  findProgram?(program: string): string | null;
  /** Takes subnets for one run, where runs would otherwise share them; absent: a run has all. */
  claimSubnets?(runId: string): Promise<SubnetClaim>;
  start(plan: CellPlan, options: StartOptions): Promise<Testbed>;
  /** Removes what runs that are no longer alive left behind. Ends within seconds, whatever hangs. */
  removeLeftovers(): Promise<Leftovers>;
  /** Frees what the runtime itself holds, such as helper processes. Idempotent. */
  close(): Promise<void>;
}
