import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { LoadSpec } from '../../model/scenario.ts';
import type { Connection, ConnectionOwner, Transport } from '../../sockets/transport.ts';
import { ChurnClient } from './client.ts';
import { Recorder } from './recorder.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const answer = bytes('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');

/** A transport without sockets: `asked` is called for each request, with the owner and how many came before on it. */
function fakeTransport(asked: (owner: ConnectionOwner, nth: number, connection: FakeConnection) => void) {
  const connections: FakeConnection[] = [];
  const transport: Transport = {
    name: 'net-socket',
    open({ owner }) {
      const connection = new FakeConnection(owner, asked);
      connections.push(connection);
      return connection;
    },
    listen: () => Promise.reject(new Error('not here')),
  };
  return { transport, connections };
}

class FakeConnection implements Connection {
  readonly connectCallMs = 0;
  closedBy: 'close' | 'reset' | null = null;
  private requests = 0;
  private readonly owner: ConnectionOwner;
  private readonly asked: (owner: ConnectionOwner, nth: number, connection: FakeConnection) => void;

  constructor(owner: ConnectionOwner, asked: FakeConnection['asked']) {
    this.owner = owner;
    this.asked = asked;
  }

  writeEarly(): boolean {
    this.write();
    return true;
  }
  write(): void {
    this.asked(this.owner, this.requests++, this);
  }
  localPort(): number {
    return 0;
  }
  close(): void {
    this.closedBy ??= 'close';
  }
  reset(): void {
    this.closedBy ??= 'reset';
  }
}

function clientOf(transport: Transport, changes: object) {
  const recorder = new Recorder();
  const load = LoadSpec.parse({
    closePolicy: 'client-fin',
    arrival: { loop: 'closed', concurrency: 1 },
    durationMs: 100,
    ...changes,
  });
  const options = { load, targets: [{ address: '127.0.0.1', port: 1 }], bindTo: [], transport, recorder };
  const client = new ChurnClient({ ...options, share: { index: 0, of: 1 }, onClosed: null });
  return { client, recorder };
}

/** A transport that refuses every connection at once. */
const refusing: Transport = {
  name: 'net-socket',
  open({ owner }) {
    owner.failed('connect', 'ECONNREFUSED');
    return new FakeConnection(owner, () => {});
  },
  listen: () => Promise.reject(new Error('not here')),
};

describe('an open loop', () => {
  const arrival = { loop: 'open', ratePerSec: 1000 };

  it('starts arrivals that became due between timers, and none after its end', async () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(1000);
    const { client, recorder } = clientOf(refusing, { arrival });
    const done = client.run();
    clock.mockReturnValue(1060.5); // No timer runs meanwhile, neither for arrivals nor for the end.
    expect(client.state()).toEqual({ inFlight: 0, due: 61, backlog: 61 });
    clock.mockReturnValue(1150);
    client.stop();
    expect(client.state()).toEqual({ inFlight: 0, due: 100, backlog: 0 });
    await done;
    clock.mockRestore();
    const { attempts, notStarted, failures } = recorder.take();
    expect([attempts, notStarted]).toEqual([100, 0]);
    expect(failures).toEqual([{ errno: 'ECONNREFUSED', phase: 'connect', count: 100 }]);
  });

  it('has no arrival due at its end, whatever the clock showed at its start', async () => {
    // 68.108031 + 2000 − 68.108031 is 2000.0000000000002: the arrival at 2000 ms must not count as earlier.
    for (const startedAt of [68.108031, 1087.938618, 1509.658255, 1234.567891]) {
      const clock = vi.spyOn(performance, 'now').mockReturnValue(startedAt);
      const { client, recorder } = clientOf(refusing, { arrival: { ...arrival, ratePerSec: 1500 }, durationMs: 2000 });
      const done = client.run();
      clock.mockReturnValue(startedAt + 2001);
      client.stop();
      await done;
      const { attempts, notStarted } = recorder.take();
      expect([attempts, notStarted, client.state().due]).toEqual([3000, 0, 3000]);
      clock.mockRestore();
    }
  });

  it('drops what it has no time to start: no failure, and due = attempts + never started', async () => {
    let now = 1000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    const { transport } = fakeTransport(() => {
      now += 1; // Each start takes a millisecond: three are a batch.
    });
    const { client, recorder } = clientOf(transport, { arrival, timeoutMs: 1 });
    const done = client.run();
    now = 1100;
    client.stop();
    expect(client.state()).toEqual({ inFlight: 3, due: 100, backlog: 0 });
    const { attempts, notStarted, failures } = recorder.take();
    expect([attempts, notStarted, failures]).toEqual([3, 97, []]);
    clock.mockRestore();
    await done;
  });

  it('does not start what exceeds its limit in flight, and counts that when it becomes due', async () => {
    const { transport } = fakeTransport(() => {});
    const { client, recorder } = clientOf(transport, {
      arrival: { ...arrival, maxInFlight: 10 },
      timeoutMs: 5000,
    });
    await client.run();
    const { attempts, notStarted, failures } = recorder.take();
    const { due, inFlight } = client.state();
    expect([attempts, inFlight, failures]).toEqual([10, 10, []]);
    expect(attempts + notStarted).toBe(due);
    expect(due).toBe(100);
  });

  it('makes no more arrivals than requested', async () => {
    const { client, recorder } = clientOf(refusing, { arrival, maxAttempts: 20 });
    await client.run();
    const { attempts, notStarted } = recorder.take();
    expect([attempts, notStarted, client.state().due]).toEqual([20, 0, 20]);
  });
});

describe('a persistent connection', () => {
  const keepAlive = { requestsPerConnection: 0, timeoutMs: 150, durationMs: 700 };

  it('does not time out by age while its requests are answered', async () => {
    const { transport, connections } = fakeTransport((owner) => setTimeout(() => owner.data(answer), 5));
    const { client, recorder } = clientOf(transport, keepAlive);
    await client.run();
    const { attempts, completed, failures, answers } = recorder.take();
    expect([attempts, completed, failures]).toEqual([1, 1, []]);
    expect(answers).toBeGreaterThan(20);
    expect(connections).toMatchObject([{ closedBy: 'close' }]);
  });

  it('times out when a request is not answered, after those that have waited longer', async () => {
    const gaveUp: number[] = [];
    const startedAt = performance.now();
    // The second answer never comes; the other connection continues.
    let opened = 0;
    const silent = new Set<ConnectionOwner>();
    const { transport, connections } = fakeTransport((owner, nth) => {
      if (nth === 0 && opened++ === 0) silent.add(owner);
      if (silent.has(owner) && nth === 1) return;
      setTimeout(() => owner.data(answer), 5);
    });
    const { client, recorder } = clientOf(transport, { ...keepAlive, arrival: { loop: 'closed', concurrency: 2 } });
    const done = client.run();
    while (connections[0]?.closedBy == null) await sleep(5);
    gaveUp.push(performance.now() - startedAt);
    await done;
    const { failures } = recorder.take();
    expect(failures).toEqual([{ errno: 'ETIMEDOUT', phase: 'response', count: 1 }]);
    expect(gaveUp[0]).toBeGreaterThan(140);
    expect(connections[1]?.closedBy).toBe('close');
  });

  it('ends with an answer after which the server closes, and is replaced by another', async () => {
    const last = bytes('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
    const { transport, connections } = fakeTransport((owner, nth) => {
      setTimeout(() => owner.data(nth === 2 ? last : answer), 5);
    });
    const { client, recorder } = clientOf(transport, { ...keepAlive, durationMs: 200 });
    await client.run();
    const { completed, failures, answers } = recorder.take();
    expect(failures).toEqual([]);
    expect(connections.length).toBeGreaterThan(2);
    expect(completed).toBe(connections.length);
    expect(answers).toBeGreaterThan(3 * (completed - 1));
  });
});

it.each([
  ['after an answer', 1, false, 'reuse'],
  ['in the middle of the next answer', 1, true, 'response'],
  ['before any answer', 0, false, 'response'],
] as const)('a connection that ends %s fails', async (_, answersBefore, isPart, phase) => {
  const { transport } = fakeTransport((owner, nth) => {
    setTimeout(() => {
      if (nth < answersBefore) return owner.data(bytes('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
      if (isPart) owner.data(bytes('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no'));
      owner.failed('response', 'ECONNRESET');
    });
  });
  const { client, recorder } = clientOf(transport, { maxAttempts: 1, requestsPerConnection: 0 });
  await client.run();
  expect(recorder.take().failures).toEqual([{ errno: 'ECONNRESET', phase, count: 1 }]);
});

it('accepts an answer that ends with the connection', async () => {
  const { transport } = fakeTransport((owner) => {
    setTimeout(() => {
      owner.data(bytes('HTTP/1.0 200 OK\r\n\r\nall of it'));
      owner.ended();
    });
  });
  const { client, recorder } = clientOf(transport, { maxAttempts: 3 });
  await client.run();
  const { completed, answers, failures } = recorder.take();
  expect([completed, answers, failures]).toEqual([3, 3, []]);
});
