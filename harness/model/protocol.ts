import * as z from 'zod';
import { JournalLine, LoadResult, Occupancy } from './journal.ts';
import { LoadSpec, ServerSpec } from './scenario.ts';
import { Sysctls } from './vocabulary.ts';

/*
 * Runner and agent speak NDJSON on stdio: one request per line, one reply with the same `id`, and events in between.
 * They never use a TCP port of the network namespace under test. Times are the agent's monotonic clock in ms; the runner
 * converts them to run time.
 */

export const Target = z.strictObject({ address: z.string(), port: z.int() });
export type Target = z.infer<typeof Target>;

/** A server with the addresses of its next hops. */
export const ServedSpec = ServerSpec.extend({ address: z.string(), upstreams: z.array(Target) });
export type ServedSpec = z.infer<typeof ServedSpec>;

/** Ticks per second of each kind of reading; 0: none. */
export const SamplerRates = z.strictObject({
  samplesHz: z.number(),
  /** Full state dumps per second, and one at each new height of ESTABLISHED; fewer with many TIME_WAITs. */
  statesHz: z.number(),
  /** Ports in use by destination, at most this often, while the range is nearly full. */
  portsHz: z.number(),
  /** `conntrack -L`, at most this many per second. */
  conntrackHz: z.number(),
  /** Per-socket TIME_WAIT watch. */
  watchLifetimesHz: z.number(),
  /** Slab memory of TIME_WAIT sockets, machine-wide. */
  slabHz: z.number(),
});
export type SamplerRates = z.infer<typeof SamplerRates>;

type JournalSchema<K extends JournalLine['type']> = Extract<
  (typeof JournalLine)['options'][number],
  { shape: { type: z.ZodLiteral<K> } }
>;

/** The journal's own schema of a line, so that it is defined once. */
function lineOf<K extends JournalLine['type']>(type: K): JournalSchema<K> {
  return JournalLine.options.find((option) => option.shape.type.value === type) as JournalSchema<K>;
}

/** What the runner adds to every line of an agent. */
const addedByRunner = { cell: true, role: true } as const;
const madeByRunner = { ...addedByRunner, type: true, t: true } as const;

export const Snapshot = lineOf('snapshot').omit({ ...madeByRunner, at: true });
export type Snapshot = z.infer<typeof Snapshot>;

export const StartedServer = lineOf('server').omit(madeByRunner);
export type StartedServer = z.infer<typeof StartedServer>;

/** key → value; `null`: the key does not exist there. */
const SysctlValues = z.record(z.string(), z.string().nullable());

const nothing = z.strictObject({});
const done = z.null();
/** For requests that the agent answers at once. */
const soonMs = 20_000;
/** For requests that walk over every socket or wait for programs: generous, because a slow machine is not a failure. */
const patientMs = 120_000;

const kinds = {
  /**
   * Reads `read`, writes sysctls inside the peer (refused when its namespace is `ownNamespace`), reads all of them back;
   * lists the ports that have a listener already.
   */
  configure: {
    ask: z.strictObject({ sysctls: Sysctls, read: z.array(z.string()), ownNamespace: z.string() }),
    answer: z.strictObject({
      before: SysctlValues,
      effective: SysctlValues,
      listening: z.array(z.int()),
      ofOneAddress: z.array(z.int()),
    }),
    deadlineMs: () => soonMs,
  },
  /** The agent's monotonic clock. */
  clock: { ask: nothing, answer: z.number(), deadlineMs: () => soonMs },
  serve: {
    ask: z.strictObject({ servers: z.array(ServedSpec) }),
    answer: z.array(StartedServer),
    deadlineMs: () => patientMs,
  },
  /** Ends the programs without ports, which are clients beside the load. */
  'end-clients': { ask: nothing, answer: done, deadlineMs: () => soonMs },
  sample: { ask: SamplerRates, answer: done, deadlineMs: () => patientMs },
  snapshot: { ask: nothing, answer: Snapshot, deadlineMs: () => patientMs },
  /** Sockets by their other end; `null` where they cannot be read. */
  occupancy: { ask: nothing, answer: z.array(Occupancy).nullable(), deadlineMs: () => patientMs },
  /** Answered when the load has ended. */
  load: {
    ask: z.strictObject({ load: LoadSpec, targets: z.array(Target), localAddresses: z.array(z.string()) }),
    answer: LoadResult,
    deadlineMs: ({ load }: { load: LoadSpec }) => load.durationMs + load.observeMs + load.timeoutMs + patientMs,
  },
  /** Ends the load early; the load's reply still comes. */
  'stop-load': { ask: nothing, answer: done, deadlineMs: () => soonMs },
};

export type RequestKind = keyof typeof kinds;
export type Ask<K extends RequestKind> = z.infer<(typeof kinds)[K]['ask']>;
export type Answer<K extends RequestKind> = z.infer<(typeof kinds)[K]['answer']>;

/** Every request to an agent: arguments, reply and time limit. */
export const requests: {
  readonly [K in RequestKind]: {
    ask: z.ZodType<Ask<K>>;
    answer: z.ZodType<Answer<K>>;
    deadlineMs(ask: Ask<K>): number;
  };
} = kinds;

/** The agent's side: a handler for each request. */
export type Answers = { readonly [K in RequestKind]: (ask: Ask<K>) => Promise<Answer<K>> };

/** Answers one request that came over the wire. Rejects where it is malformed. */
export async function answerOf<K extends RequestKind>(answers: Answers, kind: K, ask: unknown): Promise<Answer<K>> {
  return answers[kind](requests[kind].ask.parse(ask));
}

export const AgentRequest = z.strictObject({
  id: z.int(),
  do: z.enum(Object.keys(kinds) as RequestKind[]),
  ask: z.unknown(),
});
export type AgentRequest = z.infer<typeof AgentRequest>;

export const AgentFailure = z.strictObject({ code: z.string(), message: z.string(), hint: z.string().optional() });
export type AgentFailure = z.infer<typeof AgentFailure>;

export const AgentReply = z.discriminatedUnion('ok', [
  z.strictObject({ id: z.int(), ok: z.literal(true), answer: z.unknown() }),
  z.strictObject({ id: z.int(), ok: z.literal(false), error: AgentFailure }),
]);
export type AgentReply = z.infer<typeof AgentReply>;

/** A reading or count as it happens; with cell and role it is a journal line. */
export const AgentMeasurement = z.discriminatedUnion('type', [
  lineOf('sample').omit(addedByRunner),
  lineOf('states').omit(addedByRunner),
  lineOf('conntrack').omit(addedByRunner),
  lineOf('engine').omit(addedByRunner),
  lineOf('load').omit(addedByRunner),
  lineOf('cpu').omit(addedByRunner),
  lineOf('gauge').omit(addedByRunner),
  lineOf('ports').omit(addedByRunner),
  lineOf('program').omit(addedByRunner),
  lineOf('lifetimes').omit(addedByRunner),
]);
export type AgentMeasurement = z.infer<typeof AgentMeasurement>;

/** The first line of an agent. */
export const Hello = z.strictObject({
  type: z.literal('hello'),
  /** Inode text of the network namespace, `net:[4026532178]`. */
  namespace: z.string(),
});
export type Hello = z.infer<typeof Hello>;

/** Something that the peer depends on has exited. */
export const Fatal = z.strictObject({ type: z.literal('fatal'), error: AgentFailure });

export const AgentEvent = z.discriminatedUnion('type', [Hello, Fatal, ...AgentMeasurement.options]);
export type AgentEvent = z.infer<typeof AgentEvent>;
