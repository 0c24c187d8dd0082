import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CellPlan, PeerPlan } from '../../model/cell.ts';
import type { Counters } from '../../model/journal.ts';
import type { EngineFacts } from '../../model/load-facts.ts';
import {
  type AgentEvent,
  type AgentReply,
  AgentRequest,
  type Answers,
  answerOf,
  type RequestKind,
} from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import { defaultPortRange, parsePortRange, portRangeKey } from '../../model/sysctls.ts';
import type { Peer, Runtime, Testbed } from '../runtime.ts';
import { imitate, noPortFailure, resultOf, tickMs, type WorldCounts } from './world.ts';

export interface FakeOptions {
  /** Absent: `fake`. */
  name?: string;
  /** The peer of this role ends during the load. */
  dies?: string;
  /** Loads continue until they are stopped. */
  loadGoesOn?: boolean;
  /** Never answers requests of this kind. */
  silent?: RequestKind;
  /** Lines that every agent prints and that are not messages. */
  babbles?: readonly string[];
  /** Delay of a testbed's start, ms, or until the run is interrupted. */
  startMs?: number;
  /** Stopping a testbed fails with this reason. */
  stopFails?: string;
  /** Deliberate miscount: extra connections that the server claims to have accepted. */
  lies?: number;
  /** Keys that exist; absent: all. */
  settable?: ReadonlySet<string>;
}

/** Peers in memory, for tests of everything around a runtime: no processes, sockets or waiting. */
export function fakeRuntime(options: FakeOptions = {}): Runtime & { started: string[]; stopped: string[] } {
  const started: string[] = [];
  const stopped: string[] = [];
  return {
    name: options.name ?? 'fake',
    capabilities: { images: false, slab: false, ipv6: true },
    sysctlsBy: 'agent',
    started,
    stopped,
    availability: async () => ({ available: true, detail: 'in memory' }),
    facts: async () => ({ privilege: 'none', versions: {} }),
    settableSysctls: async (keys) => options.settable ?? new Set(keys),
    async start(plan, { signal }): Promise<Testbed> {
      if (options.startMs !== undefined) await sleep(options.startMs, undefined, { signal });
      started.push(plan.id);
      const world = new FakeWorld(plan);
      const peers = plan.peers.map((peer) => new FakePeer(peer, world, options));
      return {
        peers,
        setupMs: 0,
        stop: async () => {
          for (const peer of peers) peer.end('ended with code 0');
          if (options.stopFails !== undefined) throw new Error(options.stopFails);
          if (!stopped.includes(plan.id)) stopped.push(plan.id);
        },
      };
    },
    explainMissing: (requirements) => ({ reason: `not in memory: ${requirements.join(', ')}` }),
    removeLeftovers: async () => ({ removed: [], left: [] }),
    close: async () => {},
  };
}

/** The fake closes and paces its simulated connections itself, and counts all of them. */
const imitatedEngine: EngineFacts = {
  keepsPolicy: true,
  paced: true,
  sees: ['attempts', 'connections', 'answers', 'errnos'],
  cpu: {},
};

/** The two peers of a cell: the client's actions also change the server's counters. */
class FakeWorld {
  readonly plan: CellPlan;
  counts: WorldCounts = { opened: 0, created: 0, recycled: 0, overflowed: 0, noPort: 0, tw: 0 };

  constructor(plan: CellPlan) {
    this.plan = plan;
  }

  run(load: LoadSpec) {
    const client = this.plan.peers.find((peer) => peer.kind === load.from);
    const sysctls = client?.sysctls ?? {};
    const range = parsePortRange(sysctls[portRangeKey] ?? '') ?? defaultPortRange;
    const { ticks, counts } = imitate(load, {
      ports: range.high - range.low + 1,
      reuse: sysctls['net.ipv4.tcp_tw_reuse'] === '1',
      reuseDelayMs: Number(sysctls['net.ipv4.tcp_tw_reuse_delay'] ?? 1000),
      buckets: Number(sysctls['net.ipv4.tcp_max_tw_buckets'] ?? 131_072),
    });
    this.counts = counts;
    return ticks;
  }
}

class FakePeer implements Peer {
  readonly role: string;
  readonly input = new PassThrough();
  readonly output = new PassThrough();
  readonly pid = null;
  readonly inspect = 'no sockets to list';
  readonly ended: Promise<string>;
  private readonly plan: PeerPlan;
  private readonly world: FakeWorld;
  private readonly options: FakeOptions;
  private settle: (exitReason: string) => void = () => {};
  private stopLoad: () => void = () => {};

  constructor(plan: PeerPlan, world: FakeWorld, options: FakeOptions) {
    this.role = plan.role;
    this.plan = plan;
    this.world = world;
    this.options = options;
    this.ended = new Promise((resolve) => {
      this.settle = resolve;
    });
    createInterface({ input: this.input }).on(
      'line',
      (line) => void this.receive(AgentRequest.parse(JSON.parse(line))),
    );
    this.say({ type: 'hello', namespace: `net:[${plan.role}]` });
    for (const text of options.babbles ?? []) this.output.write(`${text}\n`);
  }

  end(exitReason: string): void {
    this.settle(exitReason);
    this.output.end();
  }

  private say(line: AgentReply | AgentEvent): void {
    this.output.write(`${JSON.stringify(line)}\n`);
  }

  private async receive({ id, do: kind, ask }: AgentRequest): Promise<void> {
    if (kind !== this.options.silent) this.say({ id, ok: true, answer: await answerOf(this.answers, kind, ask) });
  }

  private readonly answers: Answers = {
    configure: async ({ read }) => ({
      before: {},
      effective: Object.fromEntries(read.map((key) => [key, this.plan.sysctls[key] ?? null])),
      listening: [],
      ofOneAddress: [],
    }),
    clock: async () => performance.now(),
    serve: async ({ servers }) => servers.map(({ server }) => ({ server, version: null, closes: 'as configured' })),
    sample: async () => null,
    snapshot: async () => ({
      counters: this.counters(),
      tw: this.isClient ? this.world.counts.tw : 0,
      states: {},
      smallFinWait2: 0,
    }),
    occupancy: async () => null,
    load: async ({ load }) => {
      if (this.options.dies === this.role) {
        this.end('was ended by SIGKILL');
        return new Promise(() => {});
      }
      const result = this.load(load);
      if (!this.options.loadGoesOn) return result;
      return new Promise((resolve) => {
        this.stopLoad = () => resolve(result);
      });
    },
    'end-clients': async () => null,
    'stop-load': async () => {
      this.stopLoad();
      return null;
    },
  };

  private get isClient(): boolean {
    return this.plan.kind === this.world.plan.scenario.load.from;
  }

  private load(load: LoadSpec) {
    const startedAt = performance.now();
    const ticks = this.world.run(load);
    this.say({ type: 'engine', t: startedAt, engine: load.engine, facts: imitatedEngine });
    for (const tick of ticks) {
      const t = startedAt + tick.atMs;
      const { atMs: _, noPort, connectCallUs, ...counts } = tick;
      const readings = { tw: tick.tw, inUse: 0, conntrack: null };
      this.say({ type: 'sample', t, readings, counters: {}, costMs: 0.1, lateMs: 0, missed: 0 });
      const us = connectCallUs;
      const latency = { count: tick.attempts, mean: us, p50: us, p90: us, p99: us, p999: us, max: us };
      this.say({
        type: 'load',
        t,
        intervalMs: tickMs,
        attempts: counts.attempts,
        connected: counts.connected,
        completed: counts.connected,
        answers: counts.connected,
        failedAfterConnect: 0,
        inFlight: 0,
        failures: noPort === 0 ? [] : [noPortFailure(noPort)],
        connectCallUs: latency,
        connectLatencyUs: latency,
        requestLatencyUs: latency,
        scheduleLagUs: null,
      });
    }
    return resultOf(this.world.counts, ticks, startedAt);
  }

  private counters(): Counters {
    const { opened, created, recycled, overflowed } = this.world.counts;
    const own = this.isClient;
    return {
      'Tcp.ActiveOpens': own ? opened : 0,
      'Tcp.PassiveOpens': own ? 0 : opened + (opened > 0 ? (this.options.lies ?? 0) : 0),
      'Tcp.AttemptFails': 0,
      'Tcp.EstabResets': 0,
      'Tcp.CurrEstab': 0,
      'Tcp.OutRsts': 0,
      'Tcp.RetransSegs': 0,
      'TcpExt.ListenDrops': 0,
      'TcpExt.TCPSynRetrans': 0,
      'TcpExt.TW': own ? created : 0,
      'TcpExt.TWKilled': 0,
      'TcpExt.TWRecycled': own ? recycled : 0,
      'TcpExt.TCPTimeWaitOverflow': own ? overflowed : 0,
    };
  }
}
