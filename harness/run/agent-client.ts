import { createInterface } from 'node:readline';
import type * as z from 'zod';
import { HarnessError } from '../model/errors.ts';
import type { ClockOffset } from '../model/peer-host.ts';
import { parsePlainJson } from '../model/plain-text.ts';
import {
  AgentEvent,
  type AgentFailure,
  type AgentMeasurement,
  AgentReply,
  type Answer,
  type Ask,
  type Hello,
  type RequestKind,
  requests,
} from '../model/protocol.ts';
import { monotonicMs } from '../probe/clock.ts';
import type { Peer } from '../runtime/runtime.ts';
import { toRunTime } from './run-time.ts';
import { silentMs, Watchdog } from './watchdog.ts';

/** From the peer's start until its agent's first line; a container on a busy machine takes seconds. */
const helloMs = 60_000;
/** How much of a stray line is kept, to show it. */
const keptChars = 120;
const silence = `its agent has not answered for ${silentMs / 1000} s`;
const silenceHint = 'it was stopped by a signal, or runs an endless loop';

export interface AgentClientOptions {
  /** monotonicMs() when the run began. Default 0: times are this process's monotonic clock. */
  runStartedAt?: number;
  /** Called for every event, with its times converted to run time. */
  onMeasured?(measured: AgentMeasurement): void;
}

/** Lines on an agent's output that are not messages. */
export interface Stray {
  count: number;
  /** The first one, truncated and without control characters, and what is wrong with it. */
  first: string;
}

interface Waiting {
  /** Validates the answer and passes it on. */
  resolve(answer: unknown): void;
  reject(error: HarnessError): void;
}

/**
 * The runner's connection to one agent. Requests reject with the agent's error, when it has ended, or when it does not
 * answer in time (AGENT_SILENT). Anything else on its output is counted and otherwise ignored.
 */
export class AgentClient {
  readonly role: string;
  readonly peer: Peer;
  /** Rejects when the peer ends before expectEnd(), or reports something fatal; never resolves. */
  readonly broken: Promise<never>;
  private readonly options: AgentClientOptions;
  private readonly waiting = new Map<number, Waiting>();
  private readonly hello: Promise<Hello>;
  private sayHello: (hello: Hello) => void = () => {};
  private fail: (error: HarnessError) => void = () => {};
  private nextId = 1;
  private isEndExpected = false;
  private ended: HarnessError | null = null;
  /** Agent's monotonic clock → this process's. Zero on one machine; containers may run in a virtual machine. */
  private clockOffsetMs = 0;
  /** Half of the fastest round trip: how far the offset may be off. */
  private clockUncertaintyMs = 0;
  private strayLines: Stray | null = null;
  private readonly watchdog: Watchdog;
  private heardLines = 0;
  private heardIntervals = 0;

  constructor(peer: Peer, options: AgentClientOptions = {}) {
    this.peer = peer;
    this.role = peer.role;
    this.options = options;
    this.hello = new Promise((resolve) => {
      this.sayHello = resolve;
    });
    this.broken = new Promise((_, reject) => {
      this.fail = reject;
    });
    this.broken.catch(() => {});
    this.watchdog = new Watchdog({
      heard: () => this.heardLines,
      ping: () => void this.ask('clock', {}).catch(() => {}),
      onSilent: () => this.giveUp(this.error('AGENT_SILENT', silence, silenceHint)),
    });
    createInterface({ input: peer.output }).on('line', (text) => this.hear(text));
    void peer.ended.then((how) => {
      this.ended = this.error('PEER_ENDED', `its process ${how}`);
      this.watchdog.stop();
      this.giveUp(this.ended);
    });
  }

  /** Waits for the agent's hello, watches it from then on, and aligns its clock with ours: the fastest of five trips. */
  async ready(): Promise<Hello> {
    const hello = await this.inTime('hello', helloMs, Promise.race([this.hello, this.broken]));
    this.watchdog.start();
    const { offsetMs, uncertaintyMs } = await this.measureClock();
    this.clockUncertaintyMs = uncertaintyMs;
    // One kernel, one CLOCK_MONOTONIC: an offset within the round trip is noise, not a difference.
    this.clockOffsetMs = Math.abs(offsetMs) <= 2 * uncertaintyMs ? 0 : offsetMs;
    return hello;
  }

  /** The agent's clock against ours now, from the fastest of five round trips; changes nothing. */
  async measureClock(): Promise<ClockOffset> {
    let offsetMs = 0;
    let best = Number.POSITIVE_INFINITY;
    for (let trip = 0; trip < 5; trip++) {
      const sentAt = monotonicMs();
      const theirs = await this.ask('clock', {});
      const tripMs = monotonicMs() - sentAt;
      if (tripMs < best) {
        best = tripMs;
        offsetMs = sentAt + tripMs / 2 - theirs;
      }
    }
    return { offsetMs, uncertaintyMs: best / 2 };
  }

  ask<K extends RequestKind>(kind: K, ask: Ask<K>): Promise<Answer<K>> {
    if (this.ended !== null) return Promise.reject(this.ended);
    const id = this.nextId++;
    const { answer, deadlineMs } = requests[kind];
    const answered = new Promise<Answer<K>>((resolve, reject) => {
      const take = (value: unknown) => {
        const parsed = answer.safeParse(value);
        if (parsed.success) resolve(parsed.data);
        else reject(this.error('AGENT_ANSWER', `its agent's answer to '${kind}' is malformed: ${firstIssue(parsed)}`));
      };
      this.waiting.set(id, { resolve: take, reject });
    });
    this.peer.input.write(`${JSON.stringify({ id, do: kind, ask })}\n`);
    return this.inTime(kind, deadlineMs(ask), answered).finally(() => this.waiting.delete(id));
  }

  /** After this call the agent may end without an error. */
  expectEnd(): void {
    this.isEndExpected = true;
    this.watchdog.stop();
  }

  /** Agent's clock → run time. */
  get toRunMs(): number {
    return this.clockOffsetMs - (this.options.runStartedAt ?? 0);
  }

  /** Its monotonic clock against this process's, as ready() measured it. */
  get clock(): ClockOffset {
    return { offsetMs: this.clockOffsetMs, uncertaintyMs: this.clockUncertaintyMs };
  }

  /** `null`: every line was a message. */
  get stray(): Stray | null {
    return this.strayLines;
  }

  /** `load` lines heard so far: an engine that reports intervals and no longer does is stuck. */
  get intervals(): number {
    return this.heardIntervals;
  }

  private giveUp(error: HarnessError): void {
    if (!this.isEndExpected) this.fail(error);
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  private hear(text: string): void {
    this.heardLines++;
    const line = parseJson(text);
    const wrong = isObject(line) && 'id' in line ? this.hearReply(line) : this.hearEvent(line);
    if (wrong !== null) this.ignore(text, wrong);
  }

  /** What is wrong with the line; `null`: nothing. */
  private hearEvent(line: unknown): string | null {
    const event = AgentEvent.safeParse(line);
    if (!event.success) return isObject(line) ? firstIssue(event) : 'not a JSON object';
    if (event.data.type === 'load') this.heardIntervals++;
    if (event.data.type === 'hello') this.sayHello(event.data);
    else if (event.data.type === 'fatal') this.fail(this.failure(event.data.error));
    else this.options.onMeasured?.(toRunTime(event.data, this.toRunMs));
    return null;
  }

  private hearReply(line: object): string | null {
    const reply = AgentReply.safeParse(line);
    if (!reply.success) return firstIssue(reply);
    const { id } = reply.data;
    if (id < 1 || id >= this.nextId) return `no request ${id} was sent`;
    // The answer came after its deadline, so nothing waits for it any more.
    const waiter = this.waiting.get(id);
    if (reply.data.ok) waiter?.resolve(reply.data.answer);
    else waiter?.reject(this.failure(reply.data.error));
    return null;
  }

  private ignore(text: string, why: string): void {
    const shown = text.slice(0, keptChars).replace(/\p{Cc}/gu, ' ');
    this.strayLines ??= { count: 0, first: `'${shown}' (${why})` };
    this.strayLines.count++;
  }

  private async inTime<T>(what: string, ms: number, work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const seconds = Math.round(ms / 1000);
      timer = setTimeout(() => reject(this.silence(what, seconds)), ms);
      timer.unref();
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private silence(what: string, seconds: number): HarnessError {
    return this.error('AGENT_SILENT', `its agent did not answer '${what}' within ${seconds} s`);
  }

  private failure({ code, message, hint }: AgentFailure): HarnessError {
    return this.error(code, message, hint);
  }

  private error(code: string, message: string, hint?: string): HarnessError {
    return new HarnessError(code, `peer ${this.role}: ${message}`, hint === undefined ? {} : { hint });
  }
}

function parseJson(text: string): unknown {
  try {
    return parsePlainJson(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `states.TIME_WAIT: expected number`. */
function firstIssue({ error }: z.ZodSafeParseError<unknown>): string {
  const [issue] = error.issues;
  return `${issue?.path.join('.') || 'message'}: ${issue?.message ?? 'invalid'}`;
}
