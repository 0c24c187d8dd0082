import type { ScenarioInput } from '../harness/model/scenario.ts';
import { noPortMessages } from './messages.ts';

/** Connections that each tool wants at once, and the ports that it has. */
const connections = 150;
const ports = 100;

/** Each ends by itself; the time is a bound. */
const tool = (command: string, requires: string) => ({
  load: { engine: 'program', parameters: { command }, durationMs: 20_000 },
  requires: [requires],
});

export const loadGenerators: ScenarioInput = {
  name: 'load-generators',
  title: 'seven load generators want 150 connections from 100 ports: who says so, who goes on, who exits how',
  story:
    'A load generator that runs out of ports measures its own host. Each tool wants 150 connections at once from a host ' +
    'with 100 ports, so that connect() fails with EADDRNOTAVAIL whatever the server does. ab and redis-benchmark stop and ' +
    'say why; hey and siege go on and exit with 0, with the errors at the end of their output; wrk reports a number of ' +
    'failed connects and no cause, and never tries these again: its rate is that of fewer connections. autocannon tries ' +
    'again without a pause, does not end, and reports nothing.',
  symptoms: {
    groups: ['EADDRNOTAVAIL at a client'],
    messages: [
      ...noPortMessages,
      'apr_socket_connect(): Cannot assign requested address (99)',
      '[error] socket: unable to connect sock.c',
      'Could not connect to Redis',
      'Socket errors: connect',
    ],
  },
  advice:
    'Do not trust a result of wrk or siege by its exit code: look for `Socket errors: connect` and `failed_transactions`. ' +
    'Reuse connections, take fewer than there are ports, or give the generator more source addresses. ' +
    '`npm run observe` on its host shows the occupancy of its range while it runs.',
  claims: [
    {
      source: 'JoeDog/siege issue 127',
      saw: '28,231 transactions, then no connection',
      variant: 'siege',
      ours: '{client.counters.Tcp.ActiveOpens} connections over {budget.ports} ports, then {exhaustion.count} failed calls',
      confirmed: 'client.counters.Tcp.ActiveOpens == budget.fourTuples && exhaustion.count > 0',
      contradicted: 'exhaustion.ranOut == false',
      why: "one connection for each port: the kernel's default range has 28,232",
    },
    {
      source: 'redis/docker-library-redis issue 141',
      saw: 'redis-benchmark ends: Cannot assign requested address',
      variant: 'redis-benchmark',
      ours: 'exit code {program.exitCode} after {exhaustion.count} failed call',
      confirmed: 'program.exitCode == 1 && program.messages > 0',
      contradicted: 'program.exitCode == 0',
      why: 'it ends with the first connection that fails',
    },
    {
      source: 'TechEmpower/FrameworkBenchmarks issue 4092',
      saw: 'pauses of 60 s between two runs of wrk against TIME_WAIT',
      variant: 'wrk',
      ours: '{client.timeWait.created} TIME_WAITs after {client.counters.Tcp.ActiveOpens} connections of a run',
      confirmed: 'client.timeWait.created == client.counters.Tcp.ActiveOpens',
      contradicted: 'client.timeWait.created == 0',
      why: 'wrk closes all its connections at its end, and each holds a port for 60 s',
    },
  ],
  columns: ['program.exitCode', 'program.messages', 'client.counters.Tcp.ActiveOpens'],
  peers: {
    client: { sysctls: { 'net.ipv4.ip_local_port_range': `32768 ${32767 + ports}` } },
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-fin',
    arrival: { loop: 'closed', concurrency: connections },
    durationMs: 3000,
    requestsPerConnection: 0,
    timeoutMs: 1000,
  },
  quick: { scalePorts: false, load: {} },
  profiles: ['baseline'],
  variants: {
    ab: tool(`ab -k -n 5000 -c ${connections} {url}`, 'ab'),
    hey: tool(`hey -n 3000 -c ${connections} {url}`, 'hey'),
    siege: tool(`siege -b -c ${connections} -r 20 -H 'Connection: keep-alive' {url}`, 'siege'),
    wrk: tool(`wrk -t1 -c${connections} -d1s {url}`, 'wrk'),
    'redis-benchmark': {
      ...tool(`redis-benchmark -h {address} -p {port} -t ping_mbulk -c ${connections} -n 5000`, 'redis'),
      peers: { server: { serves: [{ server: 'redis', ports: [6379] }] } },
    },
    autocannon: { load: { engine: 'autocannon', durationMs: 1000 } },
    churn: { load: { durationMs: 1000 } },
  },
  expectations: [
    {
      text: 'the ports run out',
      holds: 'verdict == exhausted && client.counters.Tcp.ActiveOpens <= budget.fourTuples',
    },
    {
      text: 'says that no port is free',
      holds: 'program.messages > 0',
      variants: ['ab', 'hey', 'siege', 'redis-benchmark'],
    },
    {
      text: 'stops, and its exit code says so: the errno, or 1',
      holds: 'program.exitCode == 99 || program.exitCode == 1',
      variants: ['ab', 'redis-benchmark'],
    },
    {
      text: 'goes on and exits with 0',
      holds: `program.exitCode == 0 && exhaustion.count >= ${connections - ports}`,
      variants: ['hey', 'siege', 'wrk'],
    },
    { text: 'names no cause', holds: 'program.messages == 0', variants: ['wrk'] },
    {
      text: 'does not end: what is counted is counted by the kernel',
      holds: 'load.blindSpots == 2 && client.counters.Tcp.ActiveOpens == budget.fourTuples',
      variants: ['autocannon'],
    },
    {
      text: 'counts each failure',
      holds: `load.failures.EADDRNOTAVAIL >= ${connections - ports} && load.connected == budget.fourTuples`,
      variants: ['churn'],
    },
  ],
};
