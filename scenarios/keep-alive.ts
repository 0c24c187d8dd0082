import type { ScenarioInput } from '../harness/model/scenario.ts';

export const keepAlive: ScenarioInput = {
  name: 'keep-alive',
  title: 'persistent connections, the control: no TIME_WAIT while the load runs',
  story:
    'The same client and server, but connections stay open and are reused. This is the reference for the other ' +
    'scenarios: many times the requests, and TIME_WAIT only at the end of the load.',
  symptoms: { groups: ['TIME_WAIT at a client'], messages: ['no TIME_WAIT with keep-alive'] },
  advice:
    'Nothing: this is the goal for the other scenarios. At the end there is one TIME_WAIT per connection, ' +
    'not per request.',
  columns: ['load.answers', 'client.counters.Tcp.ActiveOpens'],
  peers: {
    client: {},
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [['client', 'server']],
  load: {
    engine: 'autocannon',
    closePolicy: 'client-fin',
    arrival: { loop: 'closed', concurrency: 10 },
    durationMs: 70_000,
    requestsPerConnection: 0,
  },
  quick: { load: { durationMs: 3000 } },
  profiles: ['tw-reuse-0', 'tw-reuse-1'],
  expectations: [
    { text: 'nothing runs out', holds: 'verdict == healthy' },
    {
      text: 'at most one TIME_WAIT per connection',
      holds: 'client.timeWait.created + server.timeWait.created <= 2 * client.counters.Tcp.ActiveOpens',
    },
    { text: 'many requests per connection', holds: 'load.answers > 100 * client.counters.Tcp.ActiveOpens' },
  ],
};
