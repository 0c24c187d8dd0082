import type { ScenarioInput } from '../harness/model/scenario.ts';

const client = (maxIdle: number) => `go-client http-client --workers 50 --pause 50ms --max-idle-per-host ${maxIdle}`;

export const goDefaultTransport: ScenarioInput = {
  name: 'go-default-transport',
  title: 'Go http.DefaultTransport keeps 2 idle connections per host: 50 goroutines close the rest',
  story:
    'Fifty goroutines make requests with pauses in between. MaxIdleConnsPerHost is 2 by default: when two ' +
    'connections are idle already, the client closes any other that becomes idle, so that its TIME_WAITs grow ' +
    'with the request rate although keep-alive is on. At 50 every goroutine finds an idle connection, and there ' +
    'is no TIME_WAIT.',
  symptoms: {
    groups: ['TIME_WAIT at a client', 'EADDRNOTAVAIL at a client'],
    messages: ['connect: cannot assign requested address', 'dial tcp', 'MaxIdleConnsPerHost'],
  },
  advice:
    'Set MaxIdleConnsPerHost to the number of goroutines that talk to one host; its default is 2, regardless of ' +
    'MaxIdleConns.',
  columns: ['load.connected', 'load.answers'],
  peers: {
    client: {},
    server: { serves: [{ server: 'go-http', parameters: { delayMs: 5 } }] },
  },
  links: [['client', 'server']],
  load: {
    engine: 'program',
    closePolicy: 'client-fin',
    arrival: { loop: 'closed', concurrency: 50 },
    durationMs: 30_000,
    requestsPerConnection: 0,
    parameters: { command: client(2) },
  },
  quick: { scalePorts: false, load: { durationMs: 3000 } },
  profiles: ['baseline'],
  variants: {
    'idle-2': {},
    'idle-50': { load: { parameters: { command: client(50) } } },
  },
  requires: ['go'],
  expectations: [
    { text: 'nothing fails', holds: 'load.failures == 0' },
    {
      text: 'with the default many requests open a new connection',
      holds: 'load.connected > 0.3 * load.answers',
      variants: ['idle-2'],
    },
    {
      text: 'with the default each closed connection leaves a TIME_WAIT at the client',
      holds: 'client.timeWait.created >= 0.9 * (load.connected - 50) && closedFirst.client >= 0.99',
      variants: ['idle-2'],
    },
    {
      text: 'at 50 the connections stay open, and almost none is in TIME_WAIT',
      holds: 'load.connected <= 100 && client.timeWait.created <= 50',
      variants: ['idle-50'],
    },
  ],
};
