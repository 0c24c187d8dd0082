import type { ValidationIssue } from '../model/errors.ts';
import type { LoadCounts, LoadLatencies, LoadResult } from '../model/journal.ts';
import type { Target } from '../model/protocol.ts';
import type { LoadSpec, Requirement } from '../model/scenario.ts';
import type { ClosePolicy } from '../model/vocabulary.ts';

/** One interval of load as the engine saw it; `at` is the monotonic clock in ms. */
export type LoadInterval = LoadCounts & LoadLatencies & { at: number; intervalMs: number };

export interface EngineRun {
  load: LoadSpec;
  targets: readonly Target[];
  /** Addresses of this peer on the link towards the targets. */
  localAddresses: readonly string[];
  onInterval(interval: LoadInterval): void;
  /** Busy share of one core by thread or process, where the engine can tell. */
  onBusy(busy: Record<string, number>): void;
  onGauge(values: Record<string, number>): void;
  /** Wanted for lifetime measurements only: local port and monotonic ms of each own close(2). */
  onClosed: ((localPort: number, at: number) => void) | null;
}

/** A load that runs. `result` resolves once the load has ended, with all counts; it rejects when the engine broke. */
export interface RunningLoad {
  result: Promise<LoadResult>;
  /** Ends it early; `result` still resolves. */
  stop(): void;
}

/** What the planner may know of an engine without starting it. */
export interface EngineTraits {
  name: string;
  /** Close policies that it really produces; anything else is an issue. */
  closePolicies: readonly ClosePolicy[];
  /** Components that its program needs where the load is made. */
  requires(load: LoadSpec): readonly Requirement[];
  /** Further issues to a load, each with field and hint. */
  issues(load: LoadSpec): ValidationIssue[];
}

/** What makes load, inside the peer's agent. */
export interface Engine extends EngineTraits {
  start(run: EngineRun): RunningLoad;
}
