import type { ScenarioInput } from '../harness/model/scenario.ts';
import { noPortMessages } from './messages.ts';

export const shortConn: ScenarioInput = {
  name: 'short-conn',
  title: 'a connection per request, closed by the client, until its ports run out',
  story:
    'The client opens a connection for every request and closes it first, so that it keeps every TIME_WAIT. ' +
    'Without reuse it can sustain ports/60 connections per second; the arrival rate is above that and below what ' +
    'reuse allows. Once half of the range is in use, connect() searches tens of thousands of ports, without any ' +
    'error; when the range is full it fails with EADDRNOTAVAIL until the first sockets are 60 s old.',
  symptoms: {
    groups: ['EADDRNOTAVAIL at a client', 'slow connect()', 'TIME_WAIT at a client'],
    messages: [...noPortMessages],
  },
  advice:
    'Reuse connections (keep-alive, a pool). Where that is impossible, set `net.ipv4.tcp_tw_reuse=1` on the ' +
    'client, which is the side that opens them; then widen `ip_local_port_range`, then add destinations or ' +
    'source addresses. No setting on the server helps.',
  columns: ['client.timeWait.recycled', 'phases.timeToExhaustionMs', 'load.connectCallUs.p99'],
  peers: {
    client: {},
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-fin',
    // The first half of the ports is used up after 7 s; the other 14,116 have 53 s, before the first ports are free
    // again:
    // enough for a thread that takes up to 3.7 ms each, 1.7 times what it took next to other cells (docs/kernel.md).
    arrival: { loop: 'open', ratePerSec: 2000 },
    // The first TIME_WAITs end after 60 to 62 s, in steps of the kernel's timer wheel: long enough to see three steps.
    durationMs: 66_000,
  },
  // Half of what reuse allows, because a delayed generator starts all overdue arrivals at once. wide-range takes 4.6 s
  // to run out.
  quick: { load: { arrival: { loop: 'open', ratePerSec: 500 }, durationMs: 6000 } },
  profiles: ['tw-reuse-0', 'tw-reuse-1', 'wide-range', 'wide-range+tw-reuse'],
  expectations: [
    { text: 'without reuse the ports run out', holds: 'verdict == exhausted', profiles: ['tw-reuse-0'] },
    { text: 'connect() fails with EADDRNOTAVAIL', holds: 'load.failures.EADDRNOTAVAIL > 0', profiles: ['tw-reuse-0'] },
    {
      // A count, because the time depends on how punctually a busy machine starts the arrivals.
      text: 'they run out after as many connections as the port budget predicts',
      holds: 'load.connected >= budget.fourTuples && load.connected <= budget.fourTuples + server.counters.Tcp.OutRsts',
      profiles: ['tw-reuse-0'],
      form: 'quick',
      loop: 'open',
    },
    {
      text: 'with reuse the ports do not run out',
      holds: 'verdict != exhausted',
      profiles: ['tw-reuse-1', 'wide-range+tw-reuse'],
      loop: 'open',
    },
    {
      text: 'at full speed: as many connections as ports per tcp_tw_reuse_delay (± 5 %)',
      holds: 'abs(budget.maxRatePerSec.error) <= 0.05',
      profiles: ['tw-reuse-1'],
      form: 'quick',
      loop: 'closed',
    },
    {
      text: 'with reuse connect() takes TIME_WAITs over',
      holds: 'client.timeWait.recycled > 0',
      profiles: ['tw-reuse-1'],
    },
    { text: 'no TIME_WAIT at the server', holds: 'server.timeWait.created == 0' },
  ],
};
