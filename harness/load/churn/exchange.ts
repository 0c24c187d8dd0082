import type { Target } from '../../model/protocol.ts';
import type { LoadSpec } from '../../model/scenario.ts';
import type { ClosePolicy, FailurePhase } from '../../model/vocabulary.ts';
import { monotonicOffsetMs } from '../../probe/clock.ts';
import { type Appointments, closeAtHeader } from '../../sockets/appointment.ts';
import type { Connection, ConnectionOwner, Transport } from '../../sockets/transport.ts';
import { type AnswerParser, conversationOf } from './conversation.ts';
import type { Recorder } from './recorder.ts';

/** Minimum pause of a closed-loop slot whose attempt failed at once, to avoid a busy loop on EADDRNOTAVAIL. */
const retryPauseMs = 5;
/** … and at least this many times the duration of the failed connect(), so that failures never use a whole core. */
const retryPausePerCall = 10;

/** The other side has ended the connection. */
const isEnd: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'EOF']);

/** What an exchange needs from its load. */
export interface ExchangeClient {
  readonly policy: ClosePolicy;
  readonly recorder: Recorder;
  readonly transport: Transport;
  /** `Infinity` for connections that are used until the load ends. */
  readonly requestsPerConnection: number;
  readonly agreed: Appointments;
  readonly isTimeUp: boolean;
  newParser(): AnswerParser;
  close(connection: Connection): void;
  keep(connection: Connection): void;
  /** Called when its next request was sent: it is now the last of those in flight to time out. */
  asksAgain(exchange: Exchange): void;
  done(exchange: Exchange, pauseMs: number): void;
}

/** One connection from intended start to its end. */
export class Exchange implements ConnectionOwner {
  /** When it started to wait: at connect(), later at the request. Timeouts count from here. */
  waitsSince: number;
  private readonly startedAt: number;
  private readonly client: ExchangeClient;
  private readonly request: RequestTexts;
  private connection: Connection | null = null;
  private requestAt: number;
  private isConnected = false;
  private hasAnswered = false;
  private isMidAnswer = false;
  private answersLeft: number;
  private reader: AnswerParser | null = null;
  private isDone = false;
  private waitsToClose = false;
  /** Neighbours in the list of exchanges in flight (InFlight). */
  earlier: Exchange | null = null;
  later: Exchange | null = null;

  constructor(client: ExchangeClient, intendedAt: number, startedAt: number, request: RequestTexts) {
    this.client = client;
    this.startedAt = startedAt;
    this.waitsSince = startedAt;
    this.requestAt = intendedAt;
    this.request = request;
    this.answersLeft = client.requestsPerConnection;
  }

  begin(target: Target, localAddress: string | undefined): void {
    const { policy, transport, recorder } = this.client;
    const isLast = this.answersLeft === 1;
    const peerEnds = isLast && (policy === 'server-fin' || policy === 'server-rst');
    const connection = transport.open({ target, localAddress, owner: this, peerEnds });
    this.connection = connection;
    recorder.connectCalled(connection.connectCallMs);
    if (this.isDone) {
      this.rest(connection);
    } else if (policy !== 'simultaneous') {
      const { lastBytes, usualBytes } = this.request;
      this.isConnected = connection.writeEarly(isLast ? lastBytes : usualBytes);
      if (this.isConnected) recorder.connected(connection.connectCallMs);
    }
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
    this.isMidAnswer = true;
    this.take(this.reader, this.reader.push(bytes));
  }

  private take(reader: AnswerParser, count: number): void {
    for (let answers = count; answers > 0 && !this.isDone; answers--) {
      if (reader.refusal === null) this.answered(reader);
      else this.refused(reader.refusal);
    }
  }

  /** The answer is an error (HTTP 5xx): the attempt has failed, and its connection is closed. */
  private refused(name: string): void {
    this.connection?.close();
    this.fail('response', name);
  }

  private answered(reader: AnswerParser): void {
    const now = performance.now();
    this.client.recorder.answered(now - this.requestAt);
    this.hasAnswered = true;
    this.isMidAnswer = false;
    // A server that closes accepts no further request, however many were planned for the connection.
    this.answersLeft = this.client.isTimeUp || reader.closes ? 0 : this.answersLeft - 1;
    if (this.answersLeft > 0) {
      this.requestAt = now;
      this.waitsSince = now;
      this.client.asksAgain(this);
      this.send();
      return;
    }
    if (this.client.policy === 'client-fin') this.end((connection) => this.client.close(connection));
    else if (this.client.policy === 'client-rst') this.end((connection) => connection.reset());
    else if (this.client.policy === 'leak') this.end((connection) => this.client.keep(connection));
    // server-fin, server-rst and simultaneous: something else ends the connection.
  }

  ended(): void {
    if (this.waitsToClose) return; // The other side closed first; this side still closes at the agreed time.
    if (this.reader !== null) this.take(this.reader, this.reader.end());
    if (this.isDone) return;
    if (this.answersLeft > 0) {
      this.connection?.close();
      this.fail('response', 'EOF');
    } else {
      this.end((connection) => this.client.close(connection));
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
    const isReuse = this.hasAnswered && !this.isMidAnswer && isEnd.has(errno);
    this.client.recorder.failed(isReuse ? 'reuse' : phase, errno, at, this.isConnected);
    // connect() failed before open() returned: begin() takes the pause from the connection.
    if (this.connection !== null) this.rest(this.connection);
  }

  private rest(connection: Connection): void {
    this.client.done(this, Math.max(retryPauseMs, retryPausePerCall * connection.connectCallMs));
  }
}

/** Request texts for one target: the last one on a connection says how the server should end it. */
export interface RequestTexts {
  usual: string;
  last: string;
  usualBytes: Uint8Array;
  lastBytes: Uint8Array;
}

export function requestTexts(load: LoadSpec, target: Target): RequestTexts {
  const usual = conversationOf(load).requestText(load, target);
  const last = lastText(load, usual);
  return { usual, last, usualBytes: Buffer.from(usual, 'latin1'), lastBytes: Buffer.from(last, 'latin1') };
}

function lastText(load: LoadSpec, usual: string): string {
  if (load.closePolicy === 'server-fin') return withHeader(usual, 'Connection: close');
  if (load.closePolicy === 'server-rst') return withHeader(usual, 'X-Close: rst');
  return usual;
}

function withHeader(request: string, header: string): string {
  return `${request.slice(0, -2)}${header}\r\n\r\n`;
}
