import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { RunningLoad } from '../load/engine.ts';
import { engineNamed } from '../load/engines.ts';
import { causeText, HarnessError } from '../model/errors.ts';
import {
  type AgentEvent,
  type AgentFailure,
  type AgentReply,
  AgentRequest,
  type Answer,
  type Answers,
  type Ask,
  answerOf,
  type ServedSpec,
  type Snapshot,
  type StartedServer,
} from '../model/protocol.ts';
import { monotonicMs } from '../probe/clock.ts';
import { type Sampler, startSampler } from '../probe/sampler.ts';
import { slabAtRest } from '../probe/slab.ts';
import {
  readCounters,
  readListeningPorts,
  readOccupancy,
  readPortsOfOneAddress,
  readStates,
  readTw,
} from '../probe/stack-reader.ts';
import { serverKindNamed } from '../servers/kinds.ts';
import type { RunningServer } from '../servers/server.ts';
import { ownNetworkNamespace, readSysctls, writeSysctls } from './sysctl.ts';

/**
 * The lab's process inside a peer: answers each request with one line, emits events, ends when its input ends.
 * It is the only process that a runtime has to start.
 */
export function runAgent(input: Readable, output: Writable): void {
  const agent = new Agent((line) => output.write(`${JSON.stringify(line)}\n`));
  // The runner shuts down in order; a signal to its whole process group must not interfere.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  output.on('error', () => process.exit(0));
  process.on('uncaughtException', (error) => agent.fatal(error));
  const lines = createInterface({ input });
  lines.on('line', (line) => void agent.receive(AgentRequest.parse(JSON.parse(line))));
  // The runner has ended or is done. Exiting also ends threads, children and, as this is its first process, the pid
  // namespace.
  lines.on('close', () => void agent.end());
  agent.hello();
}

/** One agent. `stack`: answers about a network stack that is not this process's, for tests without a kernel. */
export class Agent {
  private readonly send: (line: AgentReply | AgentEvent) => void;
  private readonly servers: RunningServer[] = [];
  /** Programs without ports. */
  private readonly clients: RunningServer[] = [];
  private sampler: Sampler | null = null;
  private load: RunningLoad | null = null;
  private readonly answers: Answers;

  constructor(send: (line: AgentReply | AgentEvent) => void, stack: Partial<Answers> = {}) {
    this.send = send;
    this.answers = { ...this.ownAnswers, ...stack };
  }

  hello(): void {
    this.send({ type: 'hello', namespace: ownNetworkNamespace() });
  }

  async receive({ id, do: kind, ask }: AgentRequest): Promise<void> {
    try {
      this.send({ id, ok: true, answer: await answerOf(this.answers, kind, ask) });
    } catch (error) {
      this.send({ id, ok: false, error: failureOf(error) });
    }
  }

  fatal(error: unknown): void {
    this.send({ type: 'fatal', error: failureOf(error) });
  }

  async end(): Promise<void> {
    this.sampler?.stop();
    await Promise.allSettled([...this.servers, ...this.clients].map((server) => server.stop()));
    process.exit(0);
  }

  private readonly ownAnswers: Answers = {
    configure: async ({ sysctls, read, ownNamespace }) => {
      const before = readSysctls(read);
      writeSysctls(sysctls, ownNamespace);
      const sorted = (ports: ReadonlySet<number>) => [...ports].sort((a, b) => a - b);
      const listening = sorted(readListeningPorts());
      return { before, effective: readSysctls(read), listening, ofOneAddress: sorted(readPortsOfOneAddress()) };
    },
    clock: async () => monotonicMs(),
    serve: ({ servers }) => Promise.all(servers.map((spec) => this.serve(spec))),
    'end-clients': async () => {
      await Promise.all(this.clients.splice(0).map((client) => client.stop()));
      return null;
    },
    sample: async (rates) => {
      this.sampler?.stop();
      if (rates.slabHz > 0) await slabAtRest();
      this.sampler = startSampler(rates, this.send);
      return null;
    },
    snapshot,
    occupancy: async () => readOccupancy(),
    load: (ask) => this.startLoad(ask),
    'stop-load': async () => {
      this.load?.stop();
      return null;
    },
  };

  private async serve(spec: ServedSpec): Promise<StartedServer> {
    const kind = serverKindNamed(spec.server);
    if (kind === undefined) throw new HarnessError('UNKNOWN_SERVER', `no server '${spec.server}'`);
    const server = await kind.start(spec, {
      onGauge: (values) => this.send({ type: 'gauge', t: monotonicMs(), values }),
      onBusy: (busy) => this.send({ type: 'cpu', t: monotonicMs(), busy }),
    });
    const isClient = spec.ports.length === 0;
    (isClient ? this.clients : this.servers).push(server);
    // A stopped client is no longer among them, and may end as it likes.
    server.broken.catch((error) => {
      if (!isClient || this.clients.includes(server)) this.fatal(error);
    });
    const { version, closes, program } = server;
    const facts = { ...kind.traits.facts(spec), ...server.facts };
    return { server: kind.traits.name, version, closes, facts, ...(program && { program }) };
  }

  private async startLoad({ load, targets, localAddresses }: Ask<'load'>): Promise<Answer<'load'>> {
    const engine = engineNamed(load.engine);
    if (engine === undefined) throw new HarnessError('UNKNOWN_ENGINE', `no engine '${load.engine}'`);
    const { name, facts } = engine.traits;
    this.send({ type: 'engine', t: monotonicMs(), engine: name, facts: facts(load) });
    this.load = await engine.start({
      load,
      targets,
      localAddresses,
      onInterval: ({ at, ...interval }) => this.send({ type: 'load', t: at, ...interval }),
      onBusy: (busy) => this.send({ type: 'cpu', t: monotonicMs(), busy }),
      onGauge: (values) => this.send({ type: 'gauge', t: monotonicMs(), values }),
      onProgram: (event) => this.send({ type: 'program', t: monotonicMs(), event }),
      onClosed: this.sampler?.connectionClosed ?? null,
    });
    return this.load.result;
  }
}

async function snapshot(): Promise<Snapshot> {
  const reading = await readStates();
  const rest = { states: reading?.states ?? null, smallFinWait2: reading?.smallFinWait2 ?? 0 };
  return { counters: readCounters(), tw: readTw(), ...rest };
}

function failureOf(error: unknown): AgentFailure {
  if (error instanceof HarnessError) {
    return { code: error.code, message: causeText(error), ...(error.hint !== undefined && { hint: error.hint }) };
  }
  return { code: 'AGENT_FAILED', message: causeText(error) };
}
