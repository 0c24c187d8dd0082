import type { ValidationIssue } from '../model/errors.ts';
import type { ServedSpec } from '../model/protocol.ts';
import type { Requirement, ServerSpec } from '../model/scenario.ts';

/** A server that listens: what it is, and how it ends connections, in words for the report. */
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

/** A kind of server. All methods but start() are pure. */
export interface ServerKind {
  name: string;
  requires: readonly Requirement[];
  issues(spec: ServerSpec): ValidationIssue[];
  /** Requests on a connection after which it closes; `null`: no limit, or not known. */
  requestLimit?(spec: ServerSpec): number | null;
  /** Resolves once every port listens. Runs inside the peer's agent. */
  start(spec: ServedSpec, context: ServerContext): Promise<RunningServer>;
}
