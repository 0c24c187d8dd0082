import type { ScenarioInput } from '../harness/model/scenario.ts';

export const goDisableKeepalives: ScenarioInput = {
  name: 'go-disable-keepalives',
  title: 'Go net/http with DisableKeepAlives: a port per request, and TIME_WAIT at the server',
  story:
    "Transport.DisableKeepAlives makes the client send Connection: close. The server, Go's own with default " +
    'settings, closes after the answer: usually its FIN is first, and it keeps the TIME_WAIT. The client closes ' +
    'too, as soon as it has read the answer, and is first in about one case in ten. Without the setting ten ' +
    'connections are enough.',
  symptoms: { groups: ['TIME_WAIT at a server'], messages: ['DisableKeepAlives'] },
  advice: "Remove DisableKeepAlives. It is in the client's code, although the TIME_WAITs show up at the server.",
  columns: ['load.connected', 'closedFirst.server'],
  peers: {
    client: {},
    server: { serves: [{ server: 'go-http' }] },
  },
  links: [['client', 'server']],
  load: {
    engine: 'program',
    closePolicy: 'server-fin',
    arrival: { loop: 'closed', concurrency: 10 },
    durationMs: 30_000,
    parameters: { command: 'go-client http-client --workers 10 --pause 10ms --disable-keepalives' },
  },
  quick: { load: { durationMs: 3000 } },
  profiles: ['tw-reuse-0', 'tw-reuse-1'],
  variants: {
    disabled: {},
    default: {
      load: {
        closePolicy: 'client-fin',
        requestsPerConnection: 0,
        parameters: { command: 'go-client http-client --workers 10 --max-idle-per-host 10 --pause 10ms' },
      },
      profiles: ['tw-reuse-0'],
    },
  },
  requires: ['go'],
  expectations: [
    { text: 'nothing fails', holds: 'load.failures == 0' },
    { text: 'a connection for every request', holds: 'load.connected == load.answers', variants: ['disabled'] },
    {
      text: "most of the TIME_WAIT is at the server: its FIN comes with the answer, and the client's is rarely first",
      holds: 'closedFirst.server >= 0.6',
      variants: ['disabled'],
    },
    {
      text: 'by default about ten connections are enough, and almost none is in TIME_WAIT',
      holds: 'load.connected <= 20 && client.timeWait.created + server.timeWait.created <= 10',
      variants: ['default'],
    },
  ],
};
