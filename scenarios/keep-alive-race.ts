import type { ScenarioInput } from '../harness/model/scenario.ts';
import { resetMessages } from './messages.ts';

/** The server closes a connection that was idle for this long. */
const timeoutMs = 400;
const workers = 20;

const node = (mode: string, idleMs: number, jitterMs = 0) => ({
  load: {
    parameters: { command: `node {clients}/http-idle.mjs {url} ${mode} ${workers} ${idleMs} ${jitterMs}` },
  },
});
const python = (mode: string, idleMs: number) => ({
  load: { parameters: { command: `/usr/bin/python3 -B {clients}/http_idle.py {url} ${mode} ${workers} ${idleMs}` } },
  requires: ['python'],
});

export const keepAliveRace: ScenarioInput = {
  name: 'keep-alive-race',
  title: 'a client that reuses a connection just as the server closes it: ECONNRESET on a used connection',
  story:
    `The server closes a connection that was idle for ${timeoutMs} ms, as Node's keepAliveTimeout does after 5 s. A client that ` +
    'pauses for a quarter of it keeps its connections. One that pauses for longer sees the FIN and opens another connection: no error, ' +
    'and a TIME_WAIT at the server. If both times are the same, some requests are on their way while the server closes; ' +
    'its kernel answers them with RST. A client that does not look at a connection before it uses it (blind) fails every ' +
    'time that the server was first.',
  symptoms: {
    groups: ['resets', 'TIME_WAIT at a server'],
    messages: [
      ...resetMessages,
      'RemoteDisconnected',
      'Remote end closed connection without response',
      'keepAliveTimeout',
      'upstream prematurely closed connection',
    ],
  },
  advice:
    "Make the client's idle time-out shorter than the server's, by more than a round trip and a busy moment of either: the side " +
    'that sends must be the one that closes. Behind a load balancer, `keepAliveTimeout` of the server must be longer than the ' +
    "balancer's. Repeat requests that may be repeated if `request.reusedSocket` was reset.",
  claims: [
    {
      source: 'nodejs/node issues 52649 and 47130',
      saw: 'server idle time-out 1,000 ms, a request every 950 to 999 ms: ECONNRESET',
      variant: 'equal',
      ours: '{load.failedOnReuse} of {load.attempts} requests reset on a used connection, {server.counters.Tcp.OutRsts} RSTs of the server',
      confirmed: 'load.failedOnReuse > 0 && server.counters.Tcp.OutRsts > 0',
      contradicted: 'load.failedOnReuse == 0',
      why: 'the request was sent before the FIN arrived; a server that has closed answers it with RST',
    },
    {
      source: 'documentation of request.reusedSocket of Node',
      saw: 'a request that was reset on a used connection can be repeated',
      variant: 'equal-retry',
      ours: '{load.answers} of {load.attempts} requests answered, {server.counters.Tcp.OutRsts} RSTs of the server',
      confirmed: 'load.failures == 0 && server.counters.Tcp.OutRsts > 0',
      contradicted: 'load.failures > 0',
      why: 'a server that has closed has not read the request',
    },
  ],
  columns: ['load.failedOnReuse', 'client.counters.Tcp.ActiveOpens', 'server.counters.Tcp.OutRsts'],
  peers: {
    client: {},
    server: { serves: [{ server: 'node-http', parameters: { keepAliveTimeoutMs: timeoutMs } }] },
  },
  links: [['client', 'server']],
  load: {
    engine: 'program',
    closePolicy: 'server-fin',
    arrival: { loop: 'closed', concurrency: workers },
    durationMs: 20_000,
    requestsPerConnection: 0,
    ...node('plain', timeoutMs / 4).load,
  },
  quick: { scalePorts: false, load: { durationMs: 2600 } },
  profiles: ['baseline'],
  variants: {
    shorter: node('plain', timeoutMs / 4),
    equal: node('plain', timeoutMs, 2),
    'equal-retry': node('retry', timeoutMs, 2),
    longer: node('plain', 2 * timeoutMs),
    'longer-blind': python('blind', 2 * timeoutMs),
  },
  expectations: [
    {
      text: 'with a shorter pause each worker keeps its connection',
      holds: `load.failures == 0 && client.counters.Tcp.ActiveOpens == ${workers}`,
      variants: ['shorter'],
    },
    {
      text: 'with the same time requests are reset on used connections',
      holds: 'load.failedOnReuse > 0 && load.failures == load.failedOnReuse && server.counters.Tcp.OutRsts > 0',
      variants: ['equal'],
    },
    {
      text: 'repeated, each of these is answered',
      holds: 'load.failures == 0 && server.counters.Tcp.OutRsts > 0',
      variants: ['equal-retry'],
    },
    {
      text: 'with a longer pause each request opens a connection, and none fails',
      holds: 'load.failures == 0 && client.counters.Tcp.ActiveOpens == load.answers',
      variants: ['longer'],
    },
    {
      text: 'a client that does not look fails each time that the server was first, each time by a RST',
      holds: 'load.failedOnReuse >= 0.4 * load.attempts && server.counters.Tcp.OutRsts == load.failedOnReuse',
      variants: ['longer-blind'],
    },
    {
      text: 'the client closes first at its end alone',
      holds: `client.timeWait.created <= ${workers}`,
    },
  ],
};
