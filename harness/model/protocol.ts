import type { JournalLineOf, LoadResult } from './journal.ts';
import type { LoadSpec, ServerSpec } from './scenario.ts';
import type { Sysctls } from './vocabulary.ts';

/**
 * Runner and agent speak NDJSON on stdio: one request a line, one reply with the same `id`,
 * and events in between. Never a TCP port of the stack under test.
 */
export type AgentRequest =
  /** Write sysctls inside the peer (refused when its namespace is `ownNamespace`), read all of them back. */
  | { id: number; do: 'configure'; sysctls: Sysctls; read: string[]; ownNamespace: string }
  | { id: number; do: 'clock' }
  | { id: number; do: 'serve'; servers: ServedSpec[] }
  | {
      id: number;
      do: 'sample';
      samplesHz: number;
      statesHz: number;
      conntrackHz: number;
      watchLifetimesHz: number;
      slabHz: number;
    }
  | { id: number; do: 'snapshot' }
  /** Sockets by their other end; `null` where they cannot be read. */
  | { id: number; do: 'occupancy' }
  | { id: number; do: 'load'; load: LoadSpec; targets: Target[]; localAddresses: string[] }
  /** End the load before its time; the load's reply still comes. */
  | { id: number; do: 'stop-load' }
  | { id: number; do: 'stop' };

export interface Target {
  address: string;
  port: number;
}

/** A server with the addresses of its next hops. */
export interface ServedSpec extends ServerSpec {
  address: string;
  upstreams: Target[];
}

export type AgentReply = { id: number; ok: true; value: unknown } | { id: number; ok: false; error: AgentFailure };

export interface AgentFailure {
  code: string;
  message: string;
  hint?: string;
}

export interface Hello {
  /** Inode text of the network namespace, `net:[4026532178]`. */
  namespace: string;
  /** Monotonic clock in ms, `process.hrtime`. */
  monotonicMs: number;
  node: string;
}

export interface Configured {
  effective: Record<string, string | null>;
}

export interface Snapshot {
  counters: Record<string, number>;
  tw: number;
  states: Record<string, number> | null;
  /** FIN_WAIT2 kept as timewait sockets: part of `tw`. */
  smallFinWait2: number;
}

/** A server that listens: a `server` line without what the runner adds. */
export type StartedServer = Omit<JournalLineOf<'server'>, 'type' | 't' | 'cell' | 'role'>;

type Timeless<K extends 'sample' | 'states' | 'conntrack' | 'engine' | 'load' | 'cpu' | 'gauge' | 'lifetimes'> = Omit<
  JournalLineOf<K>,
  'cell' | 'role'
>;

/** Times in events are the agent's monotonic clock; the runner turns them into run time. */
export type AgentEvent =
  | ({ type: 'hello' } & Hello)
  | Timeless<'sample'>
  | Timeless<'states'>
  | Timeless<'conntrack'>
  | Timeless<'engine'>
  | Timeless<'load'>
  | Timeless<'cpu'>
  | Timeless<'gauge'>
  | Timeless<'lifetimes'>
  | { type: 'log'; level: 'debug' | 'info' | 'warn'; message: string }
  /** Something the peer cannot go on without has ended. */
  | { type: 'fatal'; error: AgentFailure };

export type { LoadResult };
