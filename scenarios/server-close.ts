import type { ScenarioInput } from '../harness/model/scenario.ts';

export const serverClose: ScenarioInput = {
  name: 'server-close',
  title: 'the client asks with Connection: close, the server closes first and keeps the TIME_WAIT',
  story:
    'A server with keep-alive by default is asked by every request to close. Its FIN is first, so the TIME_WAIT ' +
    'is at the server and the client never runs out of ports. With one client address the number levels off near ' +
    "half of the client's range: the client cycles through ports of one parity, and its new SYNs replace the old " +
    'TIME_WAITs.',
  symptoms: { groups: ['TIME_WAIT at a server'], messages: ['Connection: close', 'too many TIME_WAIT on the server'] },
  advice:
    "Find out who sends `Connection: close`, and check the server's keep-alive settings. TIME_WAIT at a server " +
    'uses no extra port and little memory (see tw-memory): do not alert on its number alone.',
  columns: ['server.timeWait.peak', 'closedFirst.server'],
  peers: {
    client: {},
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'server-fin',
    arrival: { loop: 'open', ratePerSec: 1000 },
    durationMs: 90_000,
  },
  quick: { load: { arrival: { loop: 'open', ratePerSec: 800 }, durationMs: 3000 } },
  profiles: ['tw-reuse-0', 'tw-reuse-1'],
  expectations: [
    { text: 'the client does not run out of ports', holds: 'load.failures.EADDRNOTAVAIL == 0' },
    { text: 'at least 99 % of TIME_WAIT is created at the server', holds: 'closedFirst.server >= 0.99' },
    {
      text: "TIME_WAIT at the server levels off near half of the client's range",
      holds: 'server.timeWait.peak <= 0.55 * budget.ports',
    },
  ],
};
