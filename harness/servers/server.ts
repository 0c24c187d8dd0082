import type { ValidationIssue } from '../model/errors.ts';
import type { ServerFacts } from '../model/load-facts.ts';
import type { ServedSpec } from '../model/protocol.ts';
import type { ServerSpec } from '../model/scenario.ts';

/** A server that listens: what it is, and how it ends connections, in a sentence for the report. */
export interface RunningServer {
  /** As the program prints it; `null` where it does not say. */
  version: string | null;
  closes: string;
  /** Rejects when the server ends before it is stopped; never resolves. */
  broken: Promise<never>;
  stop(): Promise<void>;
}

export interface ServerContext {
  onGauge(values: Record<string, number>): void;
  onBusy(busy: Record<string, number>): void;
}

/** What can be known of a kind of server without starting it: NAME/traits.ts. Pure. */
export interface ServerTraits {
  name: string;
  /** Names of the components that it needs (components/table.ts). */
  requires: readonly string[];
  issues(spec: ServerSpec): ValidationIssue[];
  /** Facts about a server of this spec that go into the journal. The spec has no issues. */
  facts(spec: ServerSpec): ServerFacts;
}

/** A kind of server as it runs inside the peer's agent: NAME/server.ts. */
export interface ServerKind {
  traits: ServerTraits;
  /** Resolves once every port listens. */
  start(spec: ServedSpec, context: ServerContext): Promise<RunningServer>;
  /** Body of a thread of the agent that start() began with `workerData: { server: NAME, input }`. */
  runThread?(input: unknown): Promise<void>;
}
