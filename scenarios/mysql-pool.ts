import type { ScenarioInput } from '../harness/model/scenario.ts';

const client = (maxIdle: number) => `go-client mysql-pool --workers 50 --max-open 100 --max-idle ${maxIdle}`;

export const mysqlPool: ScenarioInput = {
  name: 'mysql-pool',
  title: 'a database pool with max 100, max idle 10 and 50 workers: MaxIdleClosed keeps rising',
  story:
    "Go's database/sql closes a returned connection if max idle connections are idle already. Fifty workers need " +
    'fifty connections, but the pool keeps ten: the others are opened and closed all the time, each with a ' +
    'TIME_WAIT (at the side whose FIN is first after COM_QUIT, mostly the client) and a login at the database. ' +
    'MaxIdleClosed in sql.DBStats shows it. With max idle 50 it stays at 0.',
  symptoms: {
    groups: ['TIME_WAIT at a client', 'EADDRNOTAVAIL at a client'],
    messages: [
      'connect: cannot assign requested address',
      'dial tcp',
      'MaxIdleClosed',
      "Can't connect to MySQL server",
    ],
  },
  advice:
    'Set max idle to the number of connections in use at the same time (SetMaxIdleConns, here 50), and ' +
    'watch MaxIdleClosed: it should not rise.',
  columns: ['load.connected', 'client.gauges.pool.MaxIdleClosed.last'],
  peers: {
    client: {},
    server: { serves: [{ server: 'mariadb', ports: [3306] }] },
  },
  links: [['client', 'server']],
  load: {
    engine: 'program',
    closePolicy: 'client-fin',
    arrival: { loop: 'closed', concurrency: 50 },
    durationMs: 30_000,
    requestsPerConnection: 0,
    parameters: { command: client(10) },
  },
  quick: { scalePorts: false, load: { durationMs: 4000 } },
  profiles: ['baseline'],
  variants: {
    'idle-10': {},
    'idle-50': { load: { parameters: { command: client(50) } } },
  },
  requires: ['go', 'mariadb'],
  expectations: [
    { text: 'nothing fails', holds: 'load.failures == 0' },
    {
      text: 'MaxIdleClosed keeps rising',
      holds: 'client.gauges.pool.MaxIdleClosed.last > 10 * 50',
      variants: ['idle-10'],
    },
    {
      text: 'each of these closes leaves a TIME_WAIT',
      holds: 'client.timeWait.created + server.timeWait.created >= 0.95 * client.gauges.pool.MaxIdleClosed.last',
      variants: ['idle-10'],
    },
    {
      text: 'with max idle 50 MaxIdleClosed stays at 0',
      holds: 'client.gauges.pool.MaxIdleClosed.last == 0',
      variants: ['idle-50'],
    },
    {
      text: 'with max idle 50 there is one connection per worker, and no TIME_WAIT',
      holds: 'load.connected <= 100 && client.timeWait.created + server.timeWait.created == 0',
      variants: ['idle-50'],
    },
  ],
};
