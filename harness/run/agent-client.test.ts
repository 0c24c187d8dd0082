import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AgentMeasurement, AgentRequest } from '../model/protocol.ts';
import { monotonicMs } from '../probe/clock.ts';
import type { Peer } from '../runtime/runtime.ts';
import { AgentClient } from './agent-client.ts';

type Respond = (request: AgentRequest, say: (line: unknown) => void) => void;

/** A peer whose agent sends what the test specifies. */
function fakePeer(respond: Respond = () => {}) {
  const input = new PassThrough();
  const output = new PassThrough();
  let end: (how: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  const raw = (text: string) => output.write(`${text}\n`);
  const say = (line: unknown) => raw(JSON.stringify(line));
  createInterface({ input }).on('line', (line) => respond(JSON.parse(line) as AgentRequest, say));
  const peer: Peer = { role: 'client', input, output, pid: null, inspect: '', ended };
  return { peer, raw, say, end };
}

/** Answers with a clock that is ahead of this process's by this much. */
const clock =
  (aheadMs: number): Respond =>
  ({ id, do: kind }, say) => {
    if (kind === 'clock') say({ id, ok: true, answer: monotonicMs() + aheadMs });
  };

const cpu = (t: number) => ({ type: 'cpu', t, busy: { main: 0.5 } });
const snapshot = { counters: {}, tw: 3, states: null, smallFinWait2: 0 };

/** Resolves when everything written to the streams has been read. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await nextTurn();
}

describe('time', () => {
  it("turns an agent's clock into run time", async () => {
    const heard: AgentMeasurement[] = [];
    const runStartedAt = monotonicMs();
    const { peer, say } = fakePeer(clock(1_000_000));
    const agent = new AgentClient(peer, { runStartedAt, onMeasured: (measured) => heard.push(measured) });
    say({ type: 'hello', namespace: 'net:[1]' });
    expect(await agent.ready()).toMatchObject({ namespace: 'net:[1]' });
    const sockets = [{ localPort: 1, createdAt: runStartedAt + 1_000_000, lastSeenAt: 0, goneAt: null }];
    say({ type: 'lifetimes', t: runStartedAt + 1_000_000, sockets });
    await settled();
    const [event] = heard;
    if (event?.type !== 'lifetimes') throw new Error('no lifetimes');
    expect(event.t).toBeCloseTo(0, -2);
    expect(event.sockets[0]?.createdAt).toBe(event.t);
    expect(event.sockets[0]?.goneAt).toBeNull();
  });

  it('treats an offset within the round trip as zero: one kernel has one clock', async () => {
    const { peer, say } = fakePeer(clock(0));
    const agent = new AgentClient(peer);
    say({ type: 'hello', namespace: 'net:[1]' });
    await agent.ready();
    expect(agent.toRunMs).toBe(0);
  });
});

describe('stray output', () => {
  it.each([
    ['text', 'Warning: something'],
    ['a number', '0'],
    ['null', 'null'],
    ['a string', '"id"'],
    ['a list', '[{"id":1}]'],
    ['an unknown type', '{"type":"moon","t":1}'],
    ['an event without its fields', '{"type":"sample","t":1}'],
    ['an event with a wrong field', '{"type":"cpu","t":"now","busy":{}}'],
    ['an answer to nothing', '{"id":7,"ok":true,"answer":null}'],
    ['a reply without ok', '{"id":1}'],
    ['a reply with a wrong id', '{"id":"1","ok":true,"answer":null}'],
  ])('%s is counted and otherwise ignored', async (_, text) => {
    const heard: AgentMeasurement[] = [];
    const { peer, raw, say } = fakePeer();
    const agent = new AgentClient(peer, { onMeasured: (measured) => heard.push(measured) });
    raw(text);
    raw(text);
    say(cpu(1));
    await settled();
    expect(heard).toHaveLength(1);
    expect(agent.stray).toMatchObject({ count: 2, first: expect.stringContaining(`'${text}'`) });
  });

  it('is truncated, and its control characters do not reach a terminal', async () => {
    const { peer, raw } = fakePeer();
    const agent = new AgentClient(peer);
    raw(`\u001b[31m${'x'.repeat(10_000)}`);
    await settled();
    expect(agent.stray?.first.length).toBeLessThan(200);
    expect(agent.stray?.first).not.toContain('\u001b');
  });

  it('is null if every line is a message', async () => {
    const { peer, say } = fakePeer();
    const agent = new AgentClient(peer);
    say(cpu(1));
    await settled();
    expect(agent.stray).toBeNull();
  });
});

describe('requests', () => {
  it('resolve with the answer, whatever the order of the replies', async () => {
    const asked: AgentRequest[] = [];
    const { peer, say } = fakePeer((request) => asked.push(request));
    const agent = new AgentClient(peer);
    const both = Promise.all([agent.ask('snapshot', {}), agent.ask('clock', {})]);
    await settled();
    for (const { id, do: kind } of asked.reverse()) say({ id, ok: true, answer: kind === 'clock' ? 5 : snapshot });
    expect(await both).toEqual([snapshot, 5]);
  });

  it("reject with the agent's error", async () => {
    const error = { code: 'SYSCTL_REFUSED', message: 'the kernel refused x', hint: 'check x' };
    const { peer } = fakePeer(({ id }, say) => say({ id, ok: false, error }));
    const asked = new AgentClient(peer).ask('configure', { sysctls: {}, read: [], ownNamespace: 'none' });
    await expect(asked).rejects.toMatchObject({
      code: 'SYSCTL_REFUSED',
      message: 'peer client: the kernel refused x',
      hint: 'check x',
    });
  });

  it.each([
    ['null', null],
    ['a field of the wrong kind', { ...snapshot, tw: 'many' }],
    ['a missing field', { tw: 3 }],
  ])('reject an answer that is %s', async (_, answer) => {
    const { peer } = fakePeer(({ id }, say) => say({ id, ok: true, answer }));
    await expect(new AgentClient(peer).ask('snapshot', {})).rejects.toMatchObject({
      code: 'AGENT_ANSWER',
      message: expect.stringContaining("peer client: its agent's answer to 'snapshot' is malformed"),
    });
  });

  it('reject when the peer ends, both pending and later ones', async () => {
    const { peer, end } = fakePeer();
    const agent = new AgentClient(peer);
    const waiting = agent.ask('snapshot', {});
    end('was ended by SIGKILL');
    const gone = { code: 'PEER_ENDED', message: 'peer client: its process was ended by SIGKILL' };
    await expect(waiting).rejects.toMatchObject(gone);
    await expect(agent.broken).rejects.toMatchObject(gone);
    await expect(agent.ask('snapshot', {})).rejects.toMatchObject(gone);
  });

  it('an expected end breaks nothing', async () => {
    const { peer, end } = fakePeer();
    const agent = new AgentClient(peer);
    agent.expectEnd();
    end('ended with code 0');
    await settled();
    expect(await Promise.race([agent.broken, 'whole'])).toBe('whole');
  });

  it('a fatal event breaks it', async () => {
    const { peer, say } = fakePeer();
    const agent = new AgentClient(peer);
    say({ type: 'fatal', error: { code: 'SERVER_ENDED', message: 'nginx ended' } });
    await expect(agent.broken).rejects.toMatchObject({ code: 'SERVER_ENDED', message: 'peer client: nginx ended' });
  });
});

describe('deadlines', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('an agent that never says hello', async () => {
    const ready = expect(new AgentClient(fakePeer().peer).ready()).rejects.toMatchObject({
      code: 'AGENT_SILENT',
      message: "peer client: its agent did not answer 'hello' within 60 s",
    });
    await vi.advanceTimersByTimeAsync(60_000);
    await ready;
  });

  it('a request that is never answered; a late answer is not a stray line', async () => {
    let request: AgentRequest | undefined;
    const { peer, say } = fakePeer((asked) => {
      request = asked;
    });
    const agent = new AgentClient(peer);
    const asked = expect(agent.ask('snapshot', {})).rejects.toMatchObject({
      message: "peer client: its agent did not answer 'snapshot' within 120 s",
    });
    await vi.advanceTimersByTimeAsync(120_000);
    await asked;
    say({ id: request?.id, ok: true, answer: snapshot });
    await settled();
    expect(agent.stray).toBeNull();
  });
});
