import { describe, expect, it } from 'vitest';
import { sampleCell, samplePeer, sampleReuseCell, sampleServer } from '../../../test/samples/report.ts';
import { explanation } from './explain.ts';

const { load } = sampleCell();
const opened = (count: number) => ({
  client: samplePeer({ counters: { 'Tcp.ActiveOpens': count } }),
  server: sampleServer(),
});
const lines = (answers: number, connections: number, requestLimit: number | null) =>
  explanation({ ...load, answers }, opened(connections), ['client'], requestLimit).join('\n');

describe('explanation', () => {
  it('counts the connections that reached the request limit of the server', () => {
    expect(lines(1500, 18, 100)).toContain(
      '1,500 / 100 requests per connection = 15 connections reached the limit; the other 3 of 18 were still below it',
    );
    expect(lines(2400, 2400, 1)).toContain('= 2,400 connections reached the limit; the other 0 of 2,400');
  });

  it('names the race between an idle time-out and a request', () => {
    const failures = [
      { errno: 'ECONNRESET', phase: 'reuse' as const, count: 28 },
      { errno: 'ECONNRESET', phase: 'response' as const, count: 3 },
    ];
    expect(explanation({ ...load, failures }, opened(30), ['client']).join()).toContain(
      '28 requests were sent on a used connection that the other side had closed',
    );
    expect(lines(2400, 2400, null)).not.toContain('used connection');
  });

  it('does not mention a limit that a client with one connection per request cannot reach', () => {
    expect(lines(2400, 2400, 1000)).not.toContain('limit');
    expect(lines(50, 10, 100)).not.toContain('limit');
  });

  it('says what TIME_WAITs cost at the side that accepted the connections', () => {
    const timeWait = { created: 43_461, recycled: 0, overflowed: 0, peak: 10_000, live: 10_000 };
    const idle = { created: 0, recycled: 0, overflowed: 0, peak: 0, live: 0 };
    const peers = { client: samplePeer({ timeWait: idle }), server: sampleServer({ timeWait }) };
    expect(explanation(sampleReuseCell().load, peers, ['client'])).toContain(
      'server: its TIME_WAITs use no local port, only 2.56 MB of memory at their peak of 10,000.',
    );
    expect(explanation(load, sampleCell().peers, ['client']).join()).not.toContain('use no local port');
  });
});
