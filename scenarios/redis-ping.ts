import type { ScenarioInput } from '../harness/model/scenario.ts';

export const redisPing: ScenarioInput = {
  name: 'redis-ping',
  title: 'connect, PING, disconnect, again: a real Redis, and a client that runs out of ports',
  story:
    'A health check or a script that opens a connection for every command. Redis keeps connections until the client ' +
    'closes, so the client closes first and keeps every TIME_WAIT. Whatever the range, 65,535 connections within ' +
    '60 s are impossible; one connection that stays open makes as many PINGs without a single one.',
  advice:
    'Keep one connection, or a pool, and send PINGs over it. Where a script must connect each time, ' +
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
  // Half of what reuse allows: a generator that was held up starts what is due all at once.
  quick: { load: { arrival: { loop: 'open', ratePerSec: 500 }, durationMs: 4000 } },
  profiles: ['tw-reuse-0', 'tw-reuse-1'],
  variants: {
    // Two threads walk over the taken ports: a slow machine's one would not fill the range before the first are free.
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
      text: 'when every port was used once (or again, where a RST of the server ended its TIME_WAIT)',
      holds:
        'client.timeWait.created >= budget.fourTuples && ' +
        'client.timeWait.created <= budget.fourTuples + server.counters.Tcp.OutRsts',
      profiles: ['tw-reuse-0'],
      variants: ['each-its-own'],
      form: 'quick',
    },
    {
      text: 'with reuse they do not',
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
