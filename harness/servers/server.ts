import type { ValidationIssue } from '../model/errors.ts';
import type { ServedProgram, ServerFacts } from '../model/load-facts.ts';
import type { ServedSpec } from '../model/protocol.ts';
import type { ServerSpec } from '../model/scenario.ts';

/** A listening server: its version, and how it closes connections, in a sentence for the report. */
export interface RunningServer {
  /** As the program prints it; `null`: not printed. */
  version: string | null;
  closes: string;
  /** What it measured about itself, in place of the traits' facts. */
  facts?: Partial<ServerFacts>;
  /** A program of the user's own. */
  program?: ServedProgram;
  /** Rejects if the server ends before it is stopped; never resolves. */
  broken: Promise<never>;
  stop(): Promise<void>;
}

export interface ServerContext {
  onGauge(values: Record<string, number>): void;
  onBusy(busy: Record<string, number>): void;
}

/** What is known about a kind of server without starting it: NAME/traits.ts. Pure. */
export interface ServerTraits {
  name: string;
  /** Names of the components that it needs (components/table.ts). */
  requires: readonly string[];
  issues(spec: ServerSpec): ValidationIssue[];
  /** Facts about a server with this spec, for the journal. The spec must have no issues. */
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
