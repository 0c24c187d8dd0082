import type { ScenarioInput } from '../harness/model/scenario.ts';
import { noPortMessages } from './messages.ts';

export const redisPing: ScenarioInput = {
  name: 'redis-ping',
  title: 'connect, PING, disconnect, again: a real Redis, and a client that runs out of ports',
  story:
    'A health check or a script that opens a connection for every command. Redis keeps connections open until the ' +
    'client closes, so the client closes first and keeps every TIME_WAIT. Whatever the port range, 65,535 ' +
    'connections within 60 s are impossible; one connection that stays open sends as many PINGs without a ' +
    'TIME_WAIT.',
  symptoms: {
    groups: ['EADDRNOTAVAIL at a client', 'TIME_WAIT at a client'],
    messages: [...noPortMessages, 'Could not connect to Redis'],
  },
  advice:
    'Keep one connection, or a pool, and send PINGs over it. If a script must connect each time, set ' +
    '`tcp_tw_reuse=1` on its host.',
  columns: ['client.timeWait.recycled', 'load.answers'],
  peers: {
    client: {},
    server: { serves: [{ server: 'redis', ports: [6379] }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-fin',
    arrival: { loop: 'open', ratePerSec: 1000 },
    durationMs: 70_000,
    parameters: { conversation: 'redis-ping' },
  },
  // Half of what reuse allows, because a delayed generator starts all overdue arrivals at once.
  quick: { load: { arrival: { loop: 'open', ratePerSec: 500 }, durationMs: 4000 } },
  profiles: ['tw-reuse-0', 'tw-reuse-1'],
  variants: {
    // Two threads: on a slow machine one would not use up the range before the first ports are free again.
    'each-its-own': { load: { threads: 2 }, quick: { load: { threads: 1 } } },
    'one-connection': {
      load: { requestsPerConnection: 0, arrival: { loop: 'closed', concurrency: 1 } },
      quick: { load: { arrival: { loop: 'closed', concurrency: 1 } } },
      profiles: ['tw-reuse-0'],
    },
  },
  requires: ['redis'],
  expectations: [
    {
      text: 'without reuse the ports run out',
      holds: 'verdict == exhausted',
      profiles: ['tw-reuse-0'],
      variants: ['each-its-own'],
    },
    {
      text: 'by then every port was used once (or again if a RST from the server ended its TIME_WAIT)',
      holds: 'load.connected >= budget.fourTuples && load.connected <= budget.fourTuples + server.counters.Tcp.OutRsts',
      profiles: ['tw-reuse-0'],
      variants: ['each-its-own'],
      form: 'quick',
    },
    {
      text: 'with reuse the ports do not run out',
      holds: 'verdict != exhausted && client.timeWait.recycled > 0',
      profiles: ['tw-reuse-1'],
      variants: ['each-its-own'],
    },
    { text: 'the client closes first', holds: 'server.timeWait.created == 0' },
    {
      text: 'one connection answers more PINGs than there are ports',
      holds: 'load.answers > budget.fourTuples && client.timeWait.created <= 1',
      variants: ['one-connection'],
    },
  ],
};
