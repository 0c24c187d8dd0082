import type { ScenarioInput } from '../harness/model/scenario.ts';
import { noPortMessages } from './messages.ts';

/** Calls of each client, one after another, and the ports that it has for them. */
const calls = 200;
const ports = 150;

const python = (mode: string) => program('/usr/bin/python3 -B', 'requests_calls.py {url}', mode, ['python']);
const node = (mode: string) => program('node', 'http-calls.mjs {url}', mode, []);
const java = (mode: string) => program('java', 'HttpCalls.java {url}', mode, ['java']);
const php = (mode: string) => ({
  ...program('php', 'redis_calls.php {address} {port}', mode, ['php', 'redis']),
  peers: { server: { serves: [{ server: 'redis', ports: [6379] }] } },
});

function program(interpreter: string, file: string, mode: string, requires: string[]) {
  return { load: { parameters: { command: `${interpreter} {clients}/${file} ${mode} ${calls}` } }, requires };
}

const aConnectionEach = ['python-get', 'node-unread-body', 'php-connect', 'java-disconnect'];
const oneConnection = [
  ...['python-session', 'node-default-agent', 'php-pconnect'],
  ...['java-url-connection', 'java-http-client'],
];
const serverCloses = ['node-no-agent', 'undici-reset'];

export const clientLibraries: ScenarioInput = {
  name: 'client-libraries',
  title: 'the same 200 calls with the usual client libraries over 150 ports: one connection, or one for each call',
  story:
    'Each client makes 200 calls, one after another, from a host with 150 ports. requests.get() makes a session for ' +
    'each call, PHP connect() ends with the page, an answer that is dropped unread ends its connection, and ' +
    'disconnect() closes what HttpURLConnection would have kept: each call takes a port for 60 s, and the ' +
    'last 50 fail. The same libraries with a session, an agent or a persistent connection need one. With Connection: close ' +
    "(Node without an agent, undici's reset) the server closes first: it keeps the TIME_WAIT, and no port is missing. A new " +
    'Java HttpClient for each call keeps its connection open: ports run out without a single TIME_WAIT.',
  symptoms: {
    groups: ['EADDRNOTAVAIL at a client', 'TIME_WAIT at a client', 'TIME_WAIT at a server'],
    messages: [
      ...noPortMessages,
      'requests.exceptions.ConnectionError',
      'Failed to establish a new connection: [Errno 99]',
      'connect EADDRNOTAVAIL',
      'TypeError: fetch failed',
      'RedisException',
      'java.net.BindException',
      'java.net.NoRouteToHostException: Cannot assign requested address',
    ],
  },
  advice:
    'Make one client and keep it: `requests.Session()`, the default agent of Node 19 and later (or `keepAlive: true`), ' +
    '`pconnect()`, one `HttpClient`. Read every answer to its end. Remove `Connection: close`, `reset: true`, ' +
    '`agent: false` and `disconnect()`.',
  claims: [
    {
      source: 'psf/requests issue 4841',
      saw: 'requests.get() in a loop: EADDRNOTAVAIL after 30 s',
      variant: 'python-get',
      ours: '{load.answers} answers, then {load.failures.EADDRNOTAVAIL} EADDRNOTAVAIL; {client.timeWait.created} TIME_WAITs at the client',
      confirmed: 'load.failures.EADDRNOTAVAIL > 0 && client.timeWait.created >= budget.fourTuples',
      contradicted: 'load.failures.EADDRNOTAVAIL == 0',
      why: 'each call makes a session, and closes its connection; the time depends on the rate and the ports alone',
    },
    {
      source: 'cloudflare/workers-sdk issue 15716',
      saw: "undici's reset: 200 calls, 200 TIME_WAITs",
      variant: 'undici-reset',
      ours: '{load.answers} calls, {client.timeWait.created} TIME_WAITs at the client, {server.timeWait.created} at the server',
      confirmed: 'client.timeWait.created + server.timeWait.created >= load.answers',
      contradicted: 'client.timeWait.created + server.timeWait.created < 0.5 * load.answers',
      why: 'reset sends Connection: close, so that each call needs a connection of its own',
    },
    {
      source: 'cloudflare/workers-sdk issue 15716',
      saw: 'EADDRNOTAVAIL in CI',
      variant: 'undici-reset',
      ours: '{load.failures.EADDRNOTAVAIL} EADDRNOTAVAIL in {load.attempts} calls over {budget.ports} ports',
      confirmed: 'load.failures.EADDRNOTAVAIL > 0',
      why: 'this server closes first, and its TIME_WAIT holds no port of the client; it takes a server that waits for the client',
    },
    {
      source: 'wp-media/wp-rocket issue 3865',
      saw: '27,000 TIME_WAITs on a PHP host',
      variant: 'php-connect',
      ours: '{client.timeWait.created} TIME_WAITs for {load.answers} pages; pconnect(): none',
      confirmed: 'client.timeWait.created == load.answers',
      contradicted: 'client.timeWait.created < 0.5 * load.answers',
      why: 'a connection without pconnect() ends with its page, and PHP closes it first',
    },
  ],
  columns: ['client.counters.Tcp.ActiveOpens', 'client.states.ESTABLISHED.peak'],
  peers: {
    client: { sysctls: { 'net.ipv4.ip_local_port_range': `32768 ${32767 + ports}` } },
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [['client', 'server']],
  load: {
    engine: 'program',
    closePolicy: 'client-fin',
    arrival: { loop: 'closed', concurrency: 1 },
    // A bound: each ends after its calls.
    durationMs: 20_000,
    ...node('default').load,
  },
  quick: { scalePorts: false, load: {} },
  profiles: ['baseline'],
  variants: {
    'python-get': python('get'),
    'python-session': python('session'),
    'node-default-agent': node('default'),
    'node-no-agent': node('no-agent'),
    'node-unread-body': node('unread'),
    'node-fetch': node('fetch'),
    'undici-reset': node('reset'),
    'php-connect': php('connect'),
    'php-pconnect': php('pconnect'),
    'java-url-connection': java('url-connection'),
    'java-disconnect': java('disconnect'),
    'java-http-client': java('http-client'),
    'java-client-each': java('client-each'),
  },
  expectations: [
    {
      text: 'a connection for each call: the ports run out',
      holds: 'verdict == exhausted && load.failures.EADDRNOTAVAIL > 0',
      variants: [...aConnectionEach, 'java-client-each'],
    },
    {
      text:
        'every port is used once and leaves a TIME_WAIT at the client (again if a RST from the server ended one); every ' +
        'other call fails',
      holds:
        'load.answers >= budget.fourTuples && load.answers <= budget.fourTuples + server.counters.Tcp.OutRsts && ' +
        `load.answers + load.failures.EADDRNOTAVAIL == ${calls} && ` +
        'client.timeWait.created == load.answers && server.timeWait.created == 0',
      variants: aConnectionEach,
    },
    {
      text: 'one connection answers all calls, and none is in TIME_WAIT',
      holds:
        `load.answers == ${calls} && client.counters.Tcp.ActiveOpens == 1 && ` +
        'client.timeWait.created + server.timeWait.created == 0',
      variants: oneConnection,
    },
    {
      text: 'fetch() opens a second one, because the first is still busy when the second call starts',
      holds: `load.answers == ${calls} && client.counters.Tcp.ActiveOpens <= 2 && client.timeWait.created == 0`,
      variants: ['node-fetch'],
    },
    {
      text: `${calls} calls are ${calls} connections and ${calls} TIME_WAITs, and no call fails`,
      holds:
        `load.answers == ${calls} && client.counters.Tcp.ActiveOpens == ${calls} && ` +
        `client.timeWait.created + server.timeWait.created >= ${calls}`,
      variants: serverCloses,
    },
    {
      text: 'a client for each call: all ports are ESTABLISHED, none is in TIME_WAIT',
      holds: 'client.states.ESTABLISHED.peak == budget.fourTuples && client.timeWait.created == 0',
      variants: ['java-client-each'],
    },
  ],
};
