import { readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { CellPlan } from '../model/cell.ts';
import { causeText, exitCode, HarnessError } from '../model/errors.ts';
import type { JournalLine, Occupancy } from '../model/journal.ts';
import type { AgentEvent, Configured, Snapshot, StartedServer } from '../model/protocol.ts';
import { servedSpecs, servingOrder } from '../plan/serving.ts';
import { monotonicMs } from '../probe/clock.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { AgentClient } from './agent-client.ts';
import type { Journal } from './journal.ts';
import { runPeerLoad } from './peer-load.ts';

export interface CellContext {
  runtime: Runtime;
  journal: Journal;
  runId: string;
  /** monotonicMs() when the run began; journal times count from it. */
  runStartedAt: number;
  signal: AbortSignal;
  samplesHz: number;
  /** Aborts, with the reason, when a cell's load should end before its time; absent: never. */
  loadSignal?: (cell: string) => AbortSignal;
  log?: Pick<Logger, 'debug'>;
}

export type CellOutcome = 'measured' | 'skipped' | 'failed' | 'interrupted';

/** Settings that every report names for every peer, besides those that were asked for. */
const alwaysRead = [
  'net.ipv4.tcp_tw_reuse',
  'net.ipv4.tcp_tw_reuse_delay',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_max_tw_buckets',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_timestamps',
  'net.ipv4.tcp_rfc1337',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_tw_timeout',
  'net.core.somaxconn',
  'net.netfilter.nf_conntrack_tcp_timeout_time_wait',
];

/** Longest wait for both stacks to come to rest after a load. */
const restMs = 2000;
/** An unchanged picture for this long, with connections still open, is a leak and not a delay. */
const settledMs = 500;

/**
 * One cell's life: stacks up, servers, samples, load, rest, stacks down. Never throws; all is in the journal.
 * `beforeEnd` is called when the stacks are down and before the cell's last line.
 */
export async function runCell(
  plan: CellPlan,
  context: CellContext,
  beforeEnd: () => void = () => {},
): Promise<CellOutcome> {
  const { journal, signal } = context;
  const now = () => monotonicMs() - context.runStartedAt;
  const cell = plan.id;
  journal.write({ type: 'cell', t: now(), cell, plan });
  const end = (state: CellOutcome, rest: ExitReason = {}, times: CellTimes = noTimes) => {
    journal.write({ type: 'cell-end', t: now(), cell, state, ...rest, ...times });
    return state;
  };
  if (plan.skip !== undefined) return end('skipped', plan.skip);
  const times: CellTimes = { setupMs: null, teardownMs: null };
  let outcome: [CellOutcome, ExitReason];
  const life = new CellLife(plan, context, now, times);
  try {
    outcome = (await life.measure()) ? ['measured', {}] : ['interrupted', { reason: 'interrupted' }];
  } catch (error) {
    if (signal.aborted) {
      outcome = ['interrupted', { reason: 'interrupted' }];
    } else {
      const hint = error instanceof HarnessError ? error.hint : undefined;
      // A setting that this kernel or engine does not have is no failure of the cell, and never a pass.
      const isMissing =
        error instanceof HarnessError && error.code === 'SYSCTL_REFUSED' && error.exitCode === exitCode.unavailable;
      outcome = [isMissing ? 'skipped' : 'failed', { reason: causeText(error), ...(hint !== undefined && { hint }) }];
    }
  }
  await life.stop();
  beforeEnd();
  return end(...outcome, times);
}

interface ExitReason {
  reason?: string | undefined;
  hint?: string | undefined;
}

interface CellTimes {
  setupMs: number | null;
  teardownMs: number | null;
}
const noTimes: CellTimes = { setupMs: null, teardownMs: null };

class CellLife {
  private readonly plan: CellPlan;
  private readonly context: CellContext;
  private readonly now: () => number;
  private readonly times: CellTimes;
  private agents: AgentClient[] = [];
  private stopTestbed: (() => Promise<void>) | null = null;
  private readonly aborted: Promise<never>;

  constructor(plan: CellPlan, context: CellContext, now: () => number, times: CellTimes) {
    this.plan = plan;
    this.context = context;
    this.now = now;
    this.times = times;
    this.aborted = rejectionOf(context.signal);
  }

  /** True when measured to its end, false when interrupted on the way (with a last snapshot where possible). */
  async measure(): Promise<boolean> {
    const { plan, context } = this;
    const startedAt = monotonicMs();
    const { runId, signal } = context;
    const testbed = await context.runtime.start(plan, { runId, signal });
    this.stopTestbed = () => testbed.stop();
    this.agents = testbed.peers.map((peer) => new AgentClient(peer, (event) => this.record(peer.role, event)));
    await this.guarded(Promise.all(this.agents.map((agent) => this.configure(agent))));
    this.times.setupMs = monotonicMs() - startedAt;
    const { setupMs: testbedMs } = testbed;
    context.log?.debug({ cell: plan.id, testbedMs, readyMs: this.times.setupMs }, 'peers are up');
    await this.guarded(this.serve());
    await this.snapshots('begin');
    const { watchLifetimesHz = 0 } = plan.scenario;
    const tracks = plan.peers.some((peer) => peer.nftables !== undefined);
    const rates = { samplesHz: context.samplesHz, statesHz: 1, conntrackHz: tracks ? 0.5 : 0, watchLifetimesHz };
    // The slabs are the machine's: one peer reads them, the first of the role that keeps the TIME_WAIT.
    const keeper = plan.scenario.watchSlab
      ? plan.peers.find((peer) => peer.kind === plan.scenario.watchSlab)
      : undefined;
    const slabHz = (agent: AgentClient) => (agent.role === keeper?.role ? 2 : 0);
    await this.guarded(
      Promise.all(this.agents.map((agent) => agent.ask({ do: 'sample', ...rates, slabHz: slabHz(agent) }))),
    );
    const measured = await this.load();
    await this.snapshots('load-end');
    if (measured) {
      await this.guarded(this.occupancy());
      const observed = await this.observe(plan.scenario.load.observeMs);
      await this.rest();
      return observed;
    }
    return false;
  }

  async stop(): Promise<void> {
    const startedAt = monotonicMs();
    for (const agent of this.agents) agent.expectEnd();
    await this.stopTestbed?.().catch((error) => {
      this.note(`tear-down: ${causeText(error)}`);
    });
    this.times.teardownMs = monotonicMs() - startedAt;
  }

  /** Work that is given up as soon as any peer breaks or the run is interrupted. */
  private guarded<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.aborted, ...this.agents.map((agent) => agent.broken)]);
  }

  private all(request: Parameters<AgentClient['ask']>[0]): Promise<unknown[]> {
    return Promise.all(this.agents.map((agent) => agent.ask(request)));
  }

  private async configure(agent: AgentClient): Promise<void> {
    const hello = await agent.ready();
    const peer = this.plan.peers.find((candidate) => candidate.role === agent.role);
    const requested = peer?.sysctls ?? {};
    const { effective } = (await agent.ask({
      do: 'configure',
      sysctls: this.context.runtime.sysctlsBy === 'agent' ? requested : {},
      read: [...new Set([...alwaysRead, ...Object.keys(requested)])],
      ownNamespace: ownNamespace(),
    })) as Configured;
    this.write({
      type: 'peer',
      t: this.now(),
      cell: this.plan.id,
      role: agent.role,
      namespace: hello.namespace,
      pid: agent.peer.pid,
      inspect: agent.peer.inspect,
      effective,
      requested,
    });
    for (const [key, value] of Object.entries(requested)) {
      const found = effective[key];
      if (found === value.trim().replace(/\s+/g, ' ')) continue;
      throw new HarnessError('SYSCTL_NOT_EFFECTIVE', `${agent.role}: ${key} was set to ${value} and reads ${found}`);
    }
  }

  /** Servers start from the last hop to the first, so that a next hop listens before anyone needs it. */
  private async serve(): Promise<void> {
    const { plan } = this;
    for (const peer of servingOrder(plan)) {
      const agent = this.agent(peer.role);
      const servers = servedSpecs(plan, peer);
      const started = (await agent.ask({ do: 'serve', servers })) as StartedServer[];
      for (const server of started) {
        this.write({ type: 'server', t: this.now(), cell: plan.id, role: peer.role, ...server });
      }
    }
  }

  /** Runs the load of every load peer; false when interrupted. */
  private async load(): Promise<boolean> {
    const { plan } = this;
    const { load } = plan.scenario;
    const peers = plan.peers.filter((peer) => peer.kind === load.from);
    const loads = Promise.all(
      peers.map(async ({ role }, index) => {
        const part = { index, of: peers.length };
        const result = await runPeerLoad(plan, this.agent(role), part, this.context.runStartedAt);
        this.write({ type: 'load-end', t: this.now(), cell: plan.id, role, result });
      }),
    );
    loads.catch(() => {});
    const stopLoads = () => {
      for (const peer of peers)
        this.agent(peer.role)
          .ask({ do: 'stop-load' })
          .catch(() => {});
    };
    const early = this.context.loadSignal?.(plan.id);
    early?.addEventListener('abort', () => {
      this.note(String(early.reason));
      stopLoads();
    });
    try {
      await this.guarded(loads);
      return true;
    } catch (error) {
      if (!this.context.signal.aborted) throw error;
      stopLoads();
      // What the engine counted until now belongs to the report; but the user waits.
      await Promise.race([loads.catch(() => {}), sleep(700)]);
      return false;
    }
  }

  private async observe(observeMs: number): Promise<boolean> {
    try {
      await this.guarded(sleep(observeMs, undefined, { signal: this.context.signal }));
      return true;
    } catch (error) {
      if (this.context.signal.aborted) return false;
      throw error;
    }
  }

  /**
   * Waits until the stacks are at rest, then takes the last snapshot. Nothing open: two like readings are
   * enough. Otherwise the same picture must hold for a while, for a busy other side may only be late.
   */
  private async rest(): Promise<void> {
    const deadline = monotonicMs() + restMs;
    let before = '';
    let since = monotonicMs();
    while (monotonicMs() < deadline) {
      const snapshots = (await this.guarded(this.all({ do: 'snapshot' }))) as Snapshot[];
      const open = snapshots.map(({ states }) => openStates.map((state) => states?.[state] ?? 0));
      const now = JSON.stringify(open);
      if (now !== before) since = monotonicMs();
      else if (open.flat().every((count) => count === 0) || monotonicMs() - since >= settledMs) break;
      before = now;
      await sleep(50);
    }
    await this.snapshots('end');
  }

  private async snapshots(at: 'begin' | 'load-end' | 'end'): Promise<void> {
    const readings = this.all({ do: 'snapshot' }) as Promise<Snapshot[]>;
    // After an interruption the peers still answer; only a broken one must not be waited for.
    const broken = this.agents.map((agent) => agent.broken);
    const snapshots = await Promise.race([readings, ...broken]);
    snapshots.forEach((snapshot, index) => {
      const role = this.agents[index]?.role ?? '';
      this.write({ type: 'snapshot', t: this.now(), cell: this.plan.id, role, at, ...snapshot });
    });
  }

  /** Who has which sockets with whom, once: reading tens of thousands takes as many microseconds. */
  private async occupancy(): Promise<void> {
    for (const agent of this.agents) {
      const sockets = (await agent.ask({ do: 'occupancy' })) as Occupancy[] | null;
      if (sockets === null) continue;
      this.write({ type: 'occupancy', t: this.now(), cell: this.plan.id, role: agent.role, sockets });
    }
  }

  private agent(role: string): AgentClient {
    const agent = this.agents.find((candidate) => candidate.role === role);
    if (agent === undefined) throw new HarnessError('NO_PEER', `the runtime started no peer '${role}'`);
    return agent;
  }

  /** An agent's event becomes a journal line: its times into run time, with cell and role. */
  private record(role: string, event: AgentEvent): void {
    if (event.type === 'log') this.context.log?.debug({ cell: this.plan.id, role }, event.message);
    if (event.type === 'hello' || event.type === 'fatal' || event.type === 'log') return;
    const toRun = (at: number) => at - this.context.runStartedAt;
    const line = { ...event, t: toRun(event.t), cell: this.plan.id, role };
    if (line.type === 'lifetimes') {
      line.sockets = line.sockets.map((socket) => ({
        ...socket,
        createdAt: toRun(socket.createdAt),
        lastSeenAt: toRun(socket.lastSeenAt),
        goneAt: socket.goneAt === null ? null : toRun(socket.goneAt),
      }));
    }
    this.write(line);
  }

  private note(text: string): void {
    this.write({ type: 'disturbance', t: this.now(), cell: this.plan.id, text });
  }

  private write(line: JournalLine): void {
    this.context.journal.write(line);
  }
}

/** States of connections that may still end. */
const openStates = [
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'CLOSE_WAIT',
  'CLOSING',
  'LAST_ACK',
];

/** A promise that rejects when the signal aborts, and never resolves. One a cell: each costs a listener. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  promise.catch(() => {});
  return promise;
}

function ownNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/net');
  } catch {
    return 'none';
  }
}
