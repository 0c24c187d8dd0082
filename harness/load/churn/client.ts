import type { Target } from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import type { ClosePolicy, FailurePhase } from '../../model/vocabulary.ts';
import { monotonicOffsetMs } from '../../probe/clock.ts';
import type { Connection, ConnectionOwner, Transport } from '../../sockets/transport.ts';
import { Appointments, closeAtHeader } from './appointment.ts';
import { type AnswerParser, conversationOf } from './conversation.ts';
import type { Recorder } from './recorder.ts';
import { type ArrivalTimes, arrivalTimes } from './schedule.ts';

export interface ChurnOptions {
  load: LoadSpec;
  targets: readonly Target[];
  /** Addresses to bind before connect(); empty: the kernel chooses. */
  bindTo: readonly string[];
  transport: Transport;
  recorder: Recorder;
  /** This thread's place among the engine's threads. */
  share: { index: number; of: number };
  /** Called right after an own close(2). */
  onClosed: ((localPort: number) => void) | null;
}

/** Longest stretch of starting connections before answers are read again. */
const pumpBudgetMs = 2;
/** Least pause of a closed-loop slot whose attempt failed at once; no busy loop over EADDRNOTAVAIL. */
const retryPauseMs = 5;
/** … and at least this many times what the failed connect() cost, so that failing never fills a core. */
const retryPausePerCall = 10;
const timeoutCheckMs = 100;

/**
 * The reference engine for short connections, one thread of it: starts connections by the arrival schedule,
 * sends requests, ends each connection as the close policy says, and counts everything.
 */
export class ChurnClient {
  readonly startedAt: number;
  private readonly options: ChurnOptions;
  private readonly arrivals: ArrivalTimes | null;
  private readonly appointments = new Appointments();
  private readonly requests: RequestTexts[];
  private readonly inFlight = new Set<Exchange>();
  /** Connections that the policy `leak` keeps open until the peer ends. */
  private readonly kept: Connection[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();
  private nextAt: number;
  private started = 0;
  private readonly most: number;
  private stopped = false;
  /** Time is up, and not only the number of attempts. */
  isTimeUp = false;
  private finish: (() => void) | null = null;

  constructor(options: ChurnOptions) {
    this.options = options;
    const { load, share } = options;
    this.startedAt = performance.now();
    this.arrivals = load.arrival.loop === 'open' ? arrivalTimes(load.arrival, share) : null;
    this.nextAt = this.arrivals === null ? Number.POSITIVE_INFINITY : this.startedAt + this.arrivals.next();
    this.most =
      load.maxAttempts === undefined ? Number.POSITIVE_INFINITY : shareOf(load.maxAttempts, share.index, share.of);
    this.requests = options.targets.map((target) => requestTexts(load, target));
  }

  /** Resolves when the load has ended: time or attempts are up and what was in flight is done or given up. */
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

  /** No new attempts from now on; connections that are used again end with their next answer. */
  stop(): void {
    if (this.isTimeUp) return;
    this.isTimeUp = true;
    this.startNoMore();
    // Those on their way get a second; what is left then is in flight, and counted so.
    setTimeout(() => this.end(), Math.min(this.options.load.timeoutMs, 1000));
  }

  private startNoMore(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.countNotStarted();
    if (this.inFlight.size === 0) this.end();
  }

  private end(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.finish?.();
  }

  /** Arrivals that were due and that this thread never got to: left out, the system would look better than it was. */
  private countNotStarted(): void {
    if (this.arrivals === null) return;
    const now = Math.min(performance.now(), this.startedAt + this.options.load.durationMs);
    const at = monotonicOffsetMs() + performance.now();
    while (this.nextAt < now && this.started < this.most) {
      this.started++;
      this.options.recorder.attempt(now - this.nextAt);
      this.options.recorder.failed('schedule', 'NOT_STARTED', at, false);
      this.nextAt = this.startedAt + this.arrivals.next();
    }
  }

  private later(ms: number, call: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      call();
    }, ms);
    this.timers.add(timer);
  }

  /** Open loop: starts all that is due, but lets answers be read between. */
  private pump(): void {
    if (this.stopped || this.arrivals === null) return;
    const enteredAt = performance.now();
    let now = enteredAt;
    while (this.nextAt <= now) {
      if (now - enteredAt > pumpBudgetMs) {
        setImmediate(() => this.pump());
        return;
      }
      this.start(this.nextAt);
      if (this.stopped) return;
      this.nextAt = this.startedAt + this.arrivals.next();
      now = performance.now();
    }
    this.later(Math.max(1, Math.ceil(this.nextAt - now)), () => this.pump());
  }

  private startSlot(): void {
    if (!this.stopped) this.start(performance.now());
  }

  private start(intendedAt: number): void {
    const { load, targets, bindTo, recorder } = this.options;
    if (this.started >= this.most) {
      this.startNoMore();
      return;
    }
    const nth = this.started++;
    const index = nth % targets.length;
    const bind = bindTo.length === 0 ? undefined : bindTo[Math.floor(nth / targets.length) % bindTo.length];
    recorder.attempt(performance.now() - intendedAt);
    if (load.arrival.loop === 'open' && this.inFlight.size >= load.arrival.maxInFlight) {
      recorder.failed('schedule', 'IN_FLIGHT_LIMIT', monotonicOffsetMs() + performance.now(), false);
      return;
    }
    const exchange = new Exchange(this, intendedAt, this.requests[index] as RequestTexts);
    this.inFlight.add(exchange);
    exchange.begin(targets[index] as Target, bind);
  }

  private giveUpLate(): void {
    const limit = performance.now() - this.options.load.timeoutMs;
    // Insertion order is start order: the first young one ends the search.
    for (const exchange of this.inFlight) {
      if (exchange.startedAt > limit) return;
      exchange.timeOut();
    }
  }

  /** An exchange has ended, well or not. `pauseMs` > 0: its slot rests before the next. */
  done(exchange: Exchange, pauseMs: number): void {
    this.inFlight.delete(exchange);
    if (this.stopped) {
      if (this.inFlight.size === 0) this.end();
      return;
    }
    if (this.options.load.arrival.loop !== 'closed') return;
    // After a failure never at once: connect() may fail synchronously, and a busy loop starves everything else.
    if (pauseMs > 0) this.later(pauseMs, () => this.startSlot());
    else this.startSlot();
  }

  close(connection: Connection): void {
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
    return conversationOf(this.options.load).newParser();
  }
  get agreed(): Appointments {
    return this.appointments;
  }
}

/** One connection from intended start to its end. */
class Exchange implements ConnectionOwner {
  readonly startedAt = performance.now();
  private readonly client: ChurnClient;
  private readonly request: RequestTexts;
  private connection: Connection | null = null;
  private requestAt: number;
  private isConnected = false;
  private answersLeft: number;
  private reader: AnswerParser | null = null;
  private isDone = false;
  private waitsToClose = false;

  constructor(client: ChurnClient, intendedAt: number, request: RequestTexts) {
    this.client = client;
    this.requestAt = intendedAt;
    this.request = request;
    this.answersLeft = client.requestsPerConnection;
  }

  begin(target: Target, bind: string | undefined): void {
    const connection = this.client.transport.open(target, bind, this);
    this.connection = connection;
    this.client.recorder.connectCalled(connection.connectCallMs);
    if (this.isDone) this.rest(connection);
  }

  connected(): void {
    this.isConnected = true;
    this.client.recorder.connected(performance.now() - this.startedAt);
    this.send();
  }

  private send(): void {
    const { request, answersLeft } = this;
    if (this.client.policy === 'simultaneous') this.sendWithAppointment();
    else this.connection?.write(answersLeft === 1 ? request.last : request.usual);
  }

  private sendWithAppointment(): void {
    const at = this.client.agreed.next();
    this.waitsToClose = true;
    this.client.agreed.keep(at, () => this.end((connection) => connection.close()));
    this.connection?.write(withHeader(this.request.usual, `${closeAtHeader}: ${Math.round(at * 1000)}`));
  }

  data(bytes: Uint8Array): void {
    this.reader ??= this.client.newParser();
    for (let answers = this.reader.push(bytes); answers > 0; answers--) {
      if (this.reader.refusal === null) this.answered();
      else this.refused(this.reader.refusal);
    }
  }

  /** The answer came and says no (HTTP 5xx): the attempt has failed, and its connection is done with. */
  private refused(name: string): void {
    this.connection?.close();
    this.fail('response', name);
  }

  private answered(): void {
    const now = performance.now();
    this.client.recorder.answered(now - this.requestAt);
    this.answersLeft = this.client.isTimeUp ? 0 : this.answersLeft - 1;
    if (this.answersLeft > 0) {
      this.requestAt = now;
      this.send();
      return;
    }
    if (this.client.policy === 'client-fin') this.end((connection) => this.client.close(connection));
    else if (this.client.policy === 'client-rst') this.end((connection) => connection.reset());
    else if (this.client.policy === 'leak') this.end((connection) => this.client.keep(connection));
    // server-fin, server-rst and simultaneous: the end comes from elsewhere.
  }

  ended(): void {
    if (this.waitsToClose) return; // The other side was quicker; this end keeps the appointment.
    if (this.answersLeft > 0) {
      this.connection?.close();
      this.fail('response', 'EOF');
    } else {
      this.end((connection) => connection.close());
    }
  }

  failed(phase: FailurePhase, errno: string): void {
    const wanted = this.client.policy === 'server-rst' && errno === 'ECONNRESET' && this.answersLeft === 0;
    if (wanted) this.end(() => {});
    else this.fail(phase, errno);
  }

  timeOut(): void {
    this.connection?.reset();
    this.fail(this.isConnected ? 'response' : 'connect', 'ETIMEDOUT');
  }

  private end(how: (connection: Connection) => void): void {
    if (this.isDone) return;
    this.isDone = true;
    if (this.connection !== null) how(this.connection);
    this.client.recorder.completed();
    this.client.done(this, 0);
  }

  private fail(phase: FailurePhase, errno: string): void {
    if (this.isDone) return;
    this.isDone = true;
    const at = performance.now() + monotonicOffsetMs();
    this.client.recorder.failed(phase, errno, at, this.isConnected);
    // connect() failed before open() returned: begin() takes the pause from the connection.
    if (this.connection !== null) this.rest(this.connection);
  }

  private rest(connection: Connection): void {
    this.client.done(this, Math.max(retryPauseMs, retryPausePerCall * connection.connectCallMs));
  }
}

/** Request texts for one target: the last one of a connection says how it is to end. */
interface RequestTexts {
  usual: string;
  last: string;
}

function requestTexts(load: LoadSpec, target: Target): RequestTexts {
  const usual = conversationOf(load).requestText(load, target);
  if (load.closePolicy === 'server-fin') return { usual, last: withHeader(usual, 'Connection: close') };
  if (load.closePolicy === 'server-rst') return { usual, last: withHeader(usual, 'X-Close: rst') };
  return { usual, last: usual };
}

function withHeader(request: string, header: string): string {
  return `${request.slice(0, -2)}${header}\r\n\r\n`;
}

/** Splits a whole number over threads: the first ones take the remainder. */
export function shareOf(total: number, index: number, of: number): number {
  return Math.floor(total / of) + (index < total % of ? 1 : 0);
}
