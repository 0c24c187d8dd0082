import { createInterface } from 'node:readline';
import { HarnessError } from '../model/errors.ts';
import type { AgentEvent, AgentReply, AgentRequest, Hello } from '../model/protocol.ts';
import { monotonicMs } from '../probe/clock.ts';
import type { Peer } from '../runtime/runtime.ts';

type RequestWithoutId = AgentRequest extends infer R ? (R extends AgentRequest ? Omit<R, 'id'> : never) : never;

/** The runner's end of one agent. Requests reject with what the agent said, or when it has ended. */
export class AgentClient {
  readonly role: string;
  readonly peer: Peer;
  /** Rejects when the peer ends or reports something fatal before close(); never resolves. */
  readonly broken: Promise<never>;
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private readonly hello: Promise<Hello>;
  private nextId = 1;
  private isClosing = false;
  /** Agent's monotonic clock → this process's. Zero on one machine; engines may run in a virtual one. */
  private clockOffsetMs = 0;

  constructor(peer: Peer, onEvent: (event: AgentEvent) => void) {
    this.peer = peer;
    this.role = peer.role;
    let sayHello: (hello: Hello) => void;
    this.hello = new Promise((resolve) => {
      sayHello = resolve;
    });
    let fail: (error: Error) => void;
    this.broken = new Promise((_, reject) => {
      fail = reject;
    });
    this.broken.catch(() => {});
    createInterface({ input: peer.output }).on('line', (text) => {
      const line = parseLine(text);
      if (line === null) return;
      if ('id' in line) this.settle(line);
      else if (line.type === 'hello') sayHello(line);
      else if (line.type === 'fatal') fail(peerError(this.role, line.error.code, line.error.message, line.error.hint));
      else onEvent(this.inRunnerTime(line));
    });
    void peer.ended.then((words) => {
      const error = peerError(this.role, 'PEER_ENDED', `its process ${words}`);
      if (!this.isClosing) fail(error);
      for (const { reject } of this.waiting.values()) reject(error);
      this.waiting.clear();
    });
  }

  /** Waits for the agent's hello and lays its clock over ours: the quickest of five round trips. */
  async ready(): Promise<Hello> {
    const hello = await Promise.race([this.hello, this.broken]);
    let best = Number.POSITIVE_INFINITY;
    for (let trip = 0; trip < 5; trip++) {
      const sentAt = monotonicMs();
      const theirs = (await this.ask({ do: 'clock' })) as number;
      const tripMs = monotonicMs() - sentAt;
      if (tripMs < best) {
        best = tripMs;
        this.clockOffsetMs = sentAt + tripMs / 2 - theirs;
      }
    }
    // One kernel, one CLOCK_MONOTONIC: an offset within the round trip is noise, not a difference.
    if (Math.abs(this.clockOffsetMs) <= best) this.clockOffsetMs = 0;
    return hello;
  }

  ask(request: RequestWithoutId): Promise<unknown> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.peer.input.write(`${JSON.stringify({ ...request, id })}\n`);
    });
  }

  /** From now on its end is expected. */
  expectEnd(): void {
    this.isClosing = true;
  }

  toRunnerMs(agentMs: number): number {
    return agentMs + this.clockOffsetMs;
  }

  private settle(reply: AgentReply): void {
    const waiter = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (reply.ok) waiter?.resolve(reply.value);
    else waiter?.reject(peerError(this.role, reply.error.code, reply.error.message, reply.error.hint));
  }

  private inRunnerTime(event: AgentEvent): AgentEvent {
    return 't' in event ? { ...event, t: this.toRunnerMs(event.t) } : event;
  }
}

/** The agent's output is NDJSON; anything else on it (a runtime's warning, say) is not ours to understand. */
function parseLine(text: string): AgentReply | AgentEvent | null {
  try {
    return JSON.parse(text) as AgentReply | AgentEvent;
  } catch {
    return null;
  }
}

function peerError(role: string, code: string, message: string, hint?: string): HarnessError {
  return new HarnessError(code, `peer ${role}: ${message}`, hint === undefined ? {} : { hint });
}
