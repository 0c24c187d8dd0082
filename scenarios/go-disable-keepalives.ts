import type { ScenarioInput } from '../harness/model/scenario.ts';

export const goDisableKeepalives: ScenarioInput = {
  name: 'go-disable-keepalives',
  title: "Go net/http with DisableKeepAlives: a port per request, and the TIME_WAIT is the server's",
  story:
    "Transport.DisableKeepAlives makes the client send Connection: close. The server, Go's own with its defaults, " +
    'closes after the answer: its FIN is first as a rule, and it keeps the TIME_WAIT. The client closes too, as soon as ' +
    'it has read the answer, and is first in one case out of ten. Without the setting, ten connections do all of it.',
  advice: "Remove DisableKeepAlives. It is in the client's code, though the server's TIME_WAITs are what is seen.",
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
      text: 'most of the TIME_WAIT is at the server: its FIN comes with the answer, and is overtaken now and then',
      holds: 'closedFirst.server >= 0.6',
      variants: ['disabled'],
    },
    {
      text: 'by default ten connections do, or a few more, and next to nothing is in TIME_WAIT',
      holds: 'load.connected <= 20 && client.timeWait.created + server.timeWait.created <= 10',
      variants: ['default'],
    },
  ],
};
