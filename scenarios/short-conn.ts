import type { ScenarioInput } from '../harness/model/scenario.ts';

export const shortConn: ScenarioInput = {
  name: 'short-conn',
  title: 'a connection per request, closed by the client, until its ports run out',
  story:
    'The client opens a connection for every request and closes it first, so that every TIME_WAIT is its own. ' +
    'Without reuse it may open ports/60 connections a second; the arrival rate lies above that and below what ' +
    'reuse allows. Past half of the range connect() searches tens of thousands of ports, without any error; ' +
    'when the range is full it fails with EADDRNOTAVAIL until the first sockets are 60 s old.',
  advice:
    'Use connections again (keep-alive, a pool). Where that cannot be, `net.ipv4.tcp_tw_reuse=1` on the ' +
    'client, which is the side that opens them; then a wider `ip_local_port_range`, then more destinations or ' +
    'source addresses. The server can do nothing about it.',
  columns: ['client.timeWait.recycled', 'phases.timeToExhaustionMs', 'load.connectCallUs.p99'],
  peers: {
    client: {},
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-fin',
    // The first half of the ports is gone after 7 s; the other 14,116 have 53 s, before the first ports are free again:
    // enough for a thread that takes up to 3.7 ms each, 1.7 times what it took beside other cells (docs/kernel.md).
    arrival: { loop: 'open', ratePerSec: 2000 },
    // The first TIME_WAITs end after 60 to 62 s, in steps of the kernel's timer wheel: long enough to see three.
    durationMs: 66_000,
  },
  // Half of what reuse allows: a generator that was held up starts what is due all at once. wide-range takes 4.6 s to run out.
  quick: { load: { arrival: { loop: 'open', ratePerSec: 500 }, durationMs: 6000 } },
  profiles: ['tw-reuse-0', 'tw-reuse-1', 'wide-range', 'wide-range+tw-reuse'],
  expectations: [
    { text: 'without reuse the ports run out', holds: 'verdict == exhausted', profiles: ['tw-reuse-0'] },
    { text: 'connect() fails with EADDRNOTAVAIL', holds: 'load.failures.EADDRNOTAVAIL > 0', profiles: ['tw-reuse-0'] },
    {
      text: 'at the time the port budget says (± 10 %)',
      holds: 'abs(budget.timeToExhaustionMs.error) <= 0.1',
      profiles: ['tw-reuse-0'],
      form: 'quick',
      loop: 'open',
    },
    {
      text: 'with reuse they do not',
      holds: 'verdict != exhausted',
      profiles: ['tw-reuse-1', 'wide-range+tw-reuse'],
      loop: 'open',
    },
    {
      text: 'as fast as it goes: ports per tcp_tw_reuse_delay (± 5 %)',
      holds: 'abs(budget.maxRatePerSec.error) <= 0.05',
      profiles: ['tw-reuse-1'],
      form: 'quick',
      loop: 'closed',
    },
    {
      text: 'because connect() takes TIME_WAITs over',
      holds: 'client.timeWait.recycled > 0',
      profiles: ['tw-reuse-1'],
    },
    { text: 'no TIME_WAIT is at the server', holds: 'server.timeWait.created == 0' },
  ],
};
