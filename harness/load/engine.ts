import type { ValidationIssue } from '../model/errors.ts';
import type { LoadCounts, LoadLatencies, LoadResult, ProgramEvent } from '../model/journal.ts';
import type { EngineFacts } from '../model/load-facts.ts';
import type { Target } from '../model/protocol.ts';
import type { LoadSpec } from '../model/scenario.ts';
import type { ClosePolicy } from '../model/vocabulary.ts';

/** One interval of load as the engine saw it; `at` is the monotonic clock in ms. */
export type LoadInterval = LoadCounts & LoadLatencies & { at: number; intervalMs: number; backlog?: number | null };

export interface EngineRun {
  load: LoadSpec;
  targets: readonly Target[];
  /** Addresses of this peer on the link towards the targets. */
  localAddresses: readonly string[];
  onInterval(interval: LoadInterval): void;
  /** Busy share of one core by thread or process, if the engine knows it. */
  onBusy(busy: Record<string, number>): void;
  onGauge(values: Record<string, number>): void;
  /** What becomes of an external program that makes the load. */
  onProgram(event: ProgramEvent): void;
  /** Wanted for lifetime measurements only: local port and monotonic ms of each own close(2). */
  onClosed: ((localPort: number, at: number) => void) | null;
}

/** A running load. `result` resolves with all counts when the load has ended; it rejects if the engine broke. */
export interface RunningLoad {
  result: Promise<LoadResult>;
  /** Ends it early; `result` still resolves. */
  stop(): void;
}

/** What is known about an engine without starting it: NAME/traits.ts. Pure. */
export interface EngineTraits {
  name: string;
  /** Close policies that it really produces; anything else is an issue. */
  closePolicies: readonly ClosePolicy[];
  /** Names of the components that its program needs on the load peer (components/table.ts). */
  requires(load: LoadSpec): readonly string[];
  /** Further issues with a load, each with field and hint. */
  issues(load: LoadSpec): ValidationIssue[];
  /** Facts about the engine with this load, for the journal. The load must have no issues. */
  facts(load: LoadSpec): EngineFacts;
}

/** The engine itself, which runs inside the peer's agent: NAME/engine.ts. */
export interface Engine {
  traits: EngineTraits;
  start(run: EngineRun): RunningLoad | Promise<RunningLoad>;
  /** Body of a thread of the agent that start() began with `workerData: { engine: NAME, input }`. */
  runThread?(input: unknown): Promise<void>;
}
