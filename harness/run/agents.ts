import { HarnessError } from '../model/errors.ts';
import type { AgentMeasurement, Answer, Ask, RequestKind } from '../model/protocol.ts';
import type { Peer } from '../runtime/runtime.ts';
import { AgentClient } from './agent-client.ts';

export interface AgentsOptions {
  /** monotonicMs() when the run began. */
  runStartedAt: number;
  /** Aborts when the run is interrupted. */
  signal: AbortSignal;
  onMeasured(role: string, measured: AgentMeasurement): void;
}

/** The agents of a cell: requests go to all of them, and fail as soon as one of them breaks. */
export class Agents {
  readonly all: readonly AgentClient[];
  private readonly broken: Promise<never>;
  private readonly interrupted: Promise<never>;

  constructor(peers: readonly Peer[], { runStartedAt, signal, onMeasured }: AgentsOptions) {
    this.all = peers.map((peer) => {
      const heard = (measured: AgentMeasurement) => onMeasured(peer.role, measured);
      return new AgentClient(peer, { runStartedAt, onMeasured: heard });
    });
    this.broken = Promise.race(this.all.map((agent) => agent.broken));
    this.broken.catch(() => {});
    this.interrupted = rejectionOf(signal);
  }

  /** Errors: NO_PEER. */
  of(role: string): AgentClient {
    const agent = this.all.find((candidate) => candidate.role === role);
    if (agent === undefined) throw new HarnessError('NO_PEER', `the runtime started no peer '${role}'`);
    return agent;
  }

  /** Sends all of them the same request; answers in the order of `all`. */
  ask<K extends RequestKind>(kind: K, ask: Ask<K>): Promise<Answer<K>[]> {
    return Promise.all(this.all.map((agent) => agent.ask(kind, ask)));
  }

  /** Work that is abandoned as soon as any agent breaks or the run is interrupted. */
  guarded<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.interrupted, this.broken]);
  }

  /** Work that continues after an interruption, because the agents still answer. */
  unlessBroken<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.broken]);
  }

  /** After this call the agents may end without an error. */
  expectEnd(): void {
    for (const agent of this.all) agent.expectEnd();
  }

  /** A line for each agent whose output had lines that are not messages. */
  strays(): string[] {
    return this.all.flatMap(({ role, stray }) => {
      if (stray === null) return [];
      const lines = stray.count === 1 ? 'a line' : `${stray.count} lines`;
      return [`${role}: ignored ${lines} of its agent's output, not messages; first: ${stray.first}`];
    });
  }
}

/** A promise that rejects when the signal aborts, and never resolves. One per cell, because each adds a listener. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  promise.catch(() => {});
  return promise;
}
