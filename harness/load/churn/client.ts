import { performance } from 'node:perf_hooks';
import type { Target } from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import type { ClosePolicy } from '../../model/vocabulary.ts';
import { Appointments } from '../../sockets/appointment.ts';
import type { Connection, Transport } from '../../sockets/transport.ts';
import { shareOf } from '../share.ts';
import { type AnswerParser, conversationOf } from './conversation.ts';
import { Exchange, type ExchangeClient, type RequestTexts, requestTexts } from './exchange.ts';
import { InFlight } from './in-flight.ts';
import type { Recorder } from './recorder.ts';
import { type Schedule, scheduleOf } from './schedule.ts';

export interface ChurnOptions {
  load: LoadSpec;
  targets: readonly Target[];
  /** Addresses to bind before connect(); empty: the kernel chooses. */
  bindTo: readonly string[];
  transport: Transport;
  recorder: Recorder;
  /** This thread's index among the engine's threads. */
  share: { index: number; of: number };
  /** Called right after this engine's own close(2). */
  onClosed: ((localPort: number) => void) | null;
}

/** How long connections may be started before answers are read again. */
const pumpBudgetMs = 2;
const timeoutCheckMs = 100;

/**
 * One thread of the reference engine for short connections: starts connections by the arrival schedule, sends requests,
 * ends each connection according to the close policy, and counts everything.
 */
export class ChurnClient implements ExchangeClient {
  readonly startedAt: number;
  private readonly options: ChurnOptions;
  /** `null`: a closed loop. */
  private readonly schedule: Schedule | null;
  private readonly appointments = new Appointments();
  private readonly requests: RequestTexts[];
  private readonly inFlight = new InFlight();
  /** Connections that the policy `leak` keeps open until the peer ends. */
  private readonly kept: Connection[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();
  /** Arrivals and slots that were handled, including those rejected by the limit of connections in flight. */
  private taken = 0;
  private readonly most: number;
  private stopped = false;
  /** Nothing is due after this time, in ms since the load began. */
  private dueUntilMs: number;
  /** The duration has passed, not only the number of attempts. */
  isTimeUp = false;
  private finish: (() => void) | null = null;
  private readonly toClose: Connection[] = [];
  private freeSlots = 0;
  private isBatchPlanned = false;

  constructor(options: ChurnOptions) {
    this.options = options;
    const { load, share } = options;
    this.startedAt = performance.now();
    this.dueUntilMs = load.durationMs;
    this.schedule = load.arrival.loop === 'open' ? scheduleOf(load.arrival, share) : null;
    this.most =
      load.maxAttempts === undefined ? Number.POSITIVE_INFINITY : shareOf(load.maxAttempts, share.index, share.of);
    this.requests = options.targets.map((target) => requestTexts(load, target));
  }

  /** Resolves when the load has ended: its duration or attempts are used up, and nothing is in flight any more. */
  run(): Promise<void> {
    const { load, share } = this.options;
    return new Promise((resolve) => {
      this.finish = resolve;
      const watch = setInterval(() => this.giveUpLate(), timeoutCheckMs);
      this.timers.add(watch);
      this.later(load.durationMs, () => this.stop());
      if (load.arrival.loop === 'closed') {
        const slots = shareOf(load.arrival.concurrency, share.index, share.of);
        for (let slot = 0; slot < slots; slot++) this.startSlot();
        if (slots === 0) this.stop();
      } else {
        this.pump();
      }
    });
  }

  /** No new attempts from now on; persistent connections end with their next answer. */
  stop(): void {
    if (this.isTimeUp) return;
    // Starts arrivals that became due since the last timer, at most one batch, instead of dropping them.
    this.pump();
    this.isTimeUp = true;
    this.startNoMore();
    // Those in flight get one second; the rest is counted as in flight.
    setTimeout(() => this.end(), Math.min(this.options.load.timeoutMs, 1000));
  }

  private startNoMore(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.dueUntilMs = Math.min(this.sinceStartMs(), this.dueUntilMs);
    this.giveUpBacklog();
    if (this.inFlight.size === 0) this.end();
  }

  private end(): void {
    this.runBatch();
    for (const timer of this.timers) clearTimeout(timer);
    this.finish?.();
  }

  /** Arrivals that were due but that this thread never started. */
  private giveUpBacklog(): void {
    if (this.schedule === null) return;
    const waiting = this.schedule.times.takeBefore(this.dueUntilMs);
    this.options.recorder.notStarted(Math.min(waiting, this.most - this.taken));
  }

  /** The schedule's clock: rounding a sum of absolute times could make one more arrival due. */
  private sinceStartMs(): number {
    return performance.now() - this.startedAt;
  }

  /** Exchanges in flight, and the arrivals that are due and not started; `null` for a closed loop, which has none. */
  state(): { inFlight: number; due: number | null; backlog: number | null } {
    const inFlight = this.inFlight.size;
    if (this.schedule === null) return { inFlight, due: null, backlog: null };
    const due = Math.min(this.schedule.due.before(Math.min(this.sinceStartMs(), this.dueUntilMs)), this.most);
    return { inFlight, due, backlog: this.stopped ? 0 : Math.max(0, due - this.taken) };
  }

  private later(ms: number, call: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      call();
    }, ms);
    this.timers.add(timer);
  }

  /** Open loop: starts everything that is due, but reads answers in between. */
  private pump(): void {
    const { schedule } = this;
    if (this.stopped || schedule === null) return;
    const { times } = schedule;
    const enteredMs = this.sinceStartMs();
    let nowMs = enteredMs;
    // Before now, not at now, just as due arrivals are counted.
    while (times.next < nowMs && times.next < this.dueUntilMs) {
      if (nowMs - enteredMs > pumpBudgetMs) {
        setImmediate(() => this.pump());
        return;
      }
      const { next } = times;
      times.take();
      this.start(this.startedAt + next, this.startedAt + nowMs);
      if (this.stopped) return;
      nowMs = this.sinceStartMs();
    }
    if (times.next < this.dueUntilMs) this.later(Math.max(1, Math.ceil(times.next - nowMs)), () => this.pump());
  }

  private startSlot(): void {
    if (this.stopped) return;
    const now = performance.now();
    this.start(now, now);
  }

  private start(intendedAt: number, now: number): void {
    const { load, targets, bindTo, recorder } = this.options;
    if (this.taken >= this.most) {
      this.startNoMore();
      return;
    }
    const nth = this.taken++;
    if (load.arrival.loop === 'open' && this.inFlight.size >= load.arrival.maxInFlight) {
      recorder.notStarted(1);
      return;
    }
    const index = nth % targets.length;
    const bind = bindTo.length === 0 ? undefined : bindTo[Math.floor(nth / targets.length) % bindTo.length];
    recorder.attempt(now - intendedAt);
    const exchange = new Exchange(this, intendedAt, now, this.requests[index] as RequestTexts);
    this.inFlight.add(exchange);
    exchange.begin(targets[index] as Target, bind);
  }

  private giveUpLate(): void {
    const limit = performance.now() - this.options.load.timeoutMs;
    let oldest = this.inFlight.oldest;
    while (oldest !== null && oldest.waitsSince <= limit) {
      oldest.timeOut();
      oldest = this.inFlight.oldest;
    }
  }

  asksAgain(exchange: Exchange): void {
    this.inFlight.remove(exchange);
    this.inFlight.add(exchange);
  }

  /** Called when an exchange has completed or failed. `pauseMs` > 0: its slot pauses before the next one. */
  done(exchange: Exchange, pauseMs: number): void {
    this.inFlight.remove(exchange);
    if (this.stopped) {
      if (this.inFlight.size === 0) this.end();
      return;
    }
    if (this.options.load.arrival.loop !== 'closed') return;
    // Never at once after a failure: connect() may fail synchronously, and a busy loop starves everything else.
    if (pauseMs > 0) this.later(pauseMs, () => this.startSlot());
    else {
      this.freeSlots++;
      this.planBatch();
    }
  }

  close(connection: Connection): void {
    this.toClose.push(connection);
    this.planBatch();
  }

  private planBatch(): void {
    if (this.isBatchPlanned) return;
    this.isBatchPlanned = true;
    setImmediate(() => this.runBatch());
  }

  /**
   * Closes and new starts wait until everything from one wake-up has been read, and are then done in a batch. Batches
   * of the same operation wake the server less often and use the CPU caches better (bench/README.md).
   */
  private runBatch(): void {
    this.isBatchPlanned = false;
    for (const connection of this.toClose) this.closeNow(connection);
    this.toClose.length = 0;
    const slots = this.freeSlots;
    this.freeSlots = 0;
    for (let slot = 0; slot < slots; slot++) this.startSlot();
  }

  private closeNow(connection: Connection): void {
    const port = this.options.onClosed === null ? 0 : connection.localPort();
    connection.close();
    this.options.onClosed?.(port);
  }

  keep(connection: Connection): void {
    this.kept.push(connection);
  }

  get policy(): ClosePolicy {
    return this.options.load.closePolicy;
  }
  get recorder(): Recorder {
    return this.options.recorder;
  }
  get transport(): Transport {
    return this.options.transport;
  }
  get requestsPerConnection(): number {
    return this.options.load.requestsPerConnection || Number.POSITIVE_INFINITY;
  }
  newParser(): AnswerParser {
    return conversationOf(this.options.load).newParser(this.options.load);
  }
  get agreed(): Appointments {
    return this.appointments;
  }
}
