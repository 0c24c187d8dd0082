import type { ScenarioInput } from '../harness/model/scenario.ts';

const server = (bytes: number) => ({
  server: { serves: [{ server: 'go-http', parameters: { bytes, idleTimeoutMs: 1000 } }] },
});
const client = (body: string) => `go-client http-client --workers 10 --pause 50ms --body ${body}`;

export const goUnreadBody: ScenarioInput = {
  name: 'go-unread-body',
  title: 'a Go client that does not read, or does not close, the body of its answers',
  story:
    'net/http can reuse a connection only if the body was read to its end and closed. If it is closed unread, the ' +
    'client closes the connection: one TIME_WAIT per request at the client, or a RST and no TIME_WAIT if more of the ' +
    'body had arrived than net/http had read (4 KiB). If it is never closed, the connection leaks: the server closes ' +
    'it after its IdleTimeout (1 s here), which leaves CLOSE_WAIT at the client and FIN_WAIT2 at the server.',
  symptoms: {
    groups: ['TIME_WAIT at a client', 'CLOSE_WAIT', 'EADDRNOTAVAIL at a client'],
    messages: ['connect: cannot assign requested address', 'dial tcp', 'response body not closed'],
  },
  advice:
    'Read the body to its end, then close it: `io.Copy(io.Discard, r.Body); r.Body.Close()`. CLOSE_WAIT at a ' +
    'client means that a Close() is missing.',
  columns: ['load.connected', 'client.states.CLOSE_WAIT.atEnd', 'client.counters.Tcp.OutRsts'],
  peers: {
    client: {},
    ...server(8192),
  },
  links: [['client', 'server']],
  load: {
    engine: 'program',
    closePolicy: 'client-fin',
    arrival: { loop: 'closed', concurrency: 10 },
    durationMs: 20_000,
    observeMs: 3000,
    parameters: { command: client('close') },
  },
  quick: { scalePorts: false, load: { durationMs: 3000, observeMs: 1500 } },
  profiles: ['baseline'],
  variants: {
    read: { load: { requestsPerConnection: 0, parameters: { command: `${client('read')} --max-idle-per-host 10` } } },
    'closed-unread': { peers: server(100) },
    'closed-unread-8k': {},
    'never-closed': { load: { closePolicy: 'leak', parameters: { command: client('leave') } } },
  },
  requires: ['go'],
  expectations: [
    { text: 'nothing fails', holds: 'load.failures == 0' },
    { text: 'read: about ten connections are enough', holds: 'load.connected <= 20', variants: ['read'] },
    {
      text: 'unread: a connection for every request',
      holds: 'load.connected >= 0.95 * load.answers',
      variants: ['closed-unread', 'closed-unread-8k', 'never-closed'],
    },
    {
      text: 'closed unread: the TIME_WAIT is at the client',
      holds: 'client.timeWait.created >= 0.95 * load.connected',
      variants: ['closed-unread'],
    },
    {
      text: 'closed with 4 KiB still to read: RST, and no TIME_WAIT',
      holds: 'client.counters.Tcp.OutRsts >= 0.9 * load.connected && client.timeWait.created == 0',
      variants: ['closed-unread-8k'],
    },
    { text: 'never closed: a leak', holds: 'verdict == leaking', variants: ['never-closed'] },
    {
      text: 'never closed: CLOSE_WAIT at the client once the server has closed',
      holds: 'client.states.CLOSE_WAIT.atEnd >= 0.9 * load.connected',
      variants: ['never-closed'],
    },
    {
      text: 'never closed: no TIME_WAIT on either side',
      holds: 'client.timeWait.created == 0 && server.timeWait.created == 0',
      variants: ['never-closed'],
    },
  ],
};
