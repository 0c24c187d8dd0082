import type { ScenarioInput } from '../harness/model/scenario.ts';

const timeoutMs = 500;
const connections = 50;

const python = (mode: string, idleMs: number) => ({
  load: {
    parameters: { command: `/usr/bin/python3 -B {clients}/http_idle.py {url} ${mode} ${connections} ${idleMs}` },
  },
});

export const clientCloseWait: ScenarioInput = {
  name: 'client-close-wait',
  title: 'a client that does not close after the server has: CLOSE_WAIT at the client',
  story:
    `The server closes connections that were idle for ${timeoutMs} ms. Its FIN reaches the client's kernel at once, but the program ` +
    'learns of it only when it looks: until then the socket is in CLOSE_WAIT. A pool that is never used again (never) keeps ' +
    'all its connections there for as long as the process lives, and a file descriptor for each; the server waits in ' +
    'FIN_WAIT2. One that looks before the next use (checked) has CLOSE_WAIT from the FIN until then. Node (notices) ' +
    'is told of the FIN by its event loop, and closes at once: no CLOSE_WAIT, and the TIME_WAIT is at the server.',
  symptoms: {
    groups: ['CLOSE_WAIT'],
    messages: ['CLOSE_WAIT at the client', 'CLOSE_WAIT', 'Too many open files', 'EMFILE', 'Connection pool is full'],
  },
  advice:
    "Give the pool an idle time-out shorter than the server's (`idleTimeoutMillis`, `setValidateAfterInactivity`, " +
    '`evictIdleConnections`), so that the client closes first; or remove expired connections in the background. No kernel ' +
    'setting ends a CLOSE_WAIT.',
  claims: [
    {
      source: 'apache/jmeter issue 6330',
      saw: 'server closes after 2 s, client looks after 3 s: CLOSE_WAIT in between',
      variant: 'checked',
      ours: 'up to {client.states.CLOSE_WAIT.peak} CLOSE_WAIT of {client.counters.Tcp.ActiveOpens} connections, {client.states.CLOSE_WAIT.atEnd} at the end',
      confirmed: 'client.states.CLOSE_WAIT.peak > 0 && client.states.CLOSE_WAIT.atEnd == 0',
      contradicted: 'client.states.CLOSE_WAIT.peak == 0',
      why: 'the FIN moves the socket to CLOSE_WAIT; only the program can close it',
    },
  ],
  columns: ['client.states.CLOSE_WAIT.peak', 'client.states.CLOSE_WAIT.atEnd', 'server.states.FIN_WAIT2.peak'],
  peers: {
    client: {},
    server: { serves: [{ server: 'node-http', parameters: { keepAliveTimeoutMs: timeoutMs } }] },
  },
  links: [['client', 'server']],
  load: {
    engine: 'program',
    closePolicy: 'server-fin',
    arrival: { loop: 'closed', concurrency: connections },
    durationMs: 20_000,
    requestsPerConnection: 0,
    ...python('never', 1000).load,
  },
  quick: { scalePorts: false, load: { durationMs: 3500 } },
  profiles: ['baseline'],
  variants: {
    never: python('never', 0),
    checked: python('checked', 1500),
    notices: { load: { parameters: { command: `node {clients}/http-idle.mjs {url} plain ${connections} 1500 0` } } },
  },
  requires: ['python'],
  expectations: [
    { text: 'no request fails', holds: 'load.failures == 0' },
    {
      text: 'never used again: every connection leaks, in CLOSE_WAIT at the client and FIN_WAIT2 at the server',
      holds:
        'verdict == leaking && client.states.CLOSE_WAIT.atEnd == client.counters.Tcp.ActiveOpens && ' +
        'server.states.FIN_WAIT2.atEnd == client.counters.Tcp.ActiveOpens',
      variants: ['never'],
    },
    {
      text: 'looks before use: CLOSE_WAIT in between, none at the end, and a new connection for each request',
      holds:
        'client.states.CLOSE_WAIT.peak > 0 && client.states.CLOSE_WAIT.atEnd == 0 && ' +
        'client.counters.Tcp.ActiveOpens == load.answers',
      variants: ['checked'],
    },
    {
      text: 'notices: closes after the server, which keeps the TIME_WAIT',
      holds: `client.states.CLOSE_WAIT.atEnd == 0 && server.timeWait.created >= client.counters.Tcp.ActiveOpens - ${connections}`,
      variants: ['notices'],
    },
    {
      text: 'the client closes first at its end alone',
      holds: `client.timeWait.created <= ${connections}`,
    },
  ],
};
