import type { ScenarioInput } from '../harness/model/scenario.ts';

export const listenerInRange: ScenarioInput = {
  name: 'listener-in-range',
  title: 'a service that listens inside the port range loses its port to connect() while it restarts',
  story:
    'A host runs a service on port 33000, inside ip_local_port_range, and opens connections of its own. While the service ' +
    'listens, connect() leaves its port alone: 999 of 1,000 ports are usable. During a restart of half a second connect() ' +
    'takes it, and bind() then fails with EADDRINUSE, although the service sets SO_REUSEADDR: time-wait until that ' +
    'connection and its TIME_WAIT have ended; held for as long as the connection is open. A wider range makes it more ' +
    'likely, because more services lie in it. With the port reserved the service listens again at once.',
  symptoms: {
    groups: ['EADDRINUSE at a server'],
    messages: ['Address already in use', 'EADDRINUSE', 'errno 98', 'bind: address already in use'],
  },
  advice:
    'Reserve the ports of your own services: `net.ipv4.ip_local_reserved_ports=33000` costs one port and does not affect ' +
    'bind() to it. Or let services listen below the range. Do so before you widen the range.',
  columns: [
    'budget.ports',
    'load.connected',
    'client.gauges.restart.eaddrinuse.last',
    'client.gauges.restart.listening.last',
  ],
  peers: {
    client: {
      sysctls: { 'net.ipv4.ip_local_port_range': '32768 33767' },
      serves: [{ server: 'go-http', ports: [33000], parameters: { restartAfterMs: 2500, restartTakesMs: 500 } }],
    },
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-fin',
    // All other ports are in use before the restart, so that connect() finds only the one that it frees.
    arrival: { loop: 'open', ratePerSec: 600 },
    durationMs: 4000,
    observeMs: 66_000,
  },
  quick: { scalePorts: false, load: { observeMs: 500 } },
  profiles: ['tw-reuse-0', 'reserved-ports'],
  variants: { 'time-wait': {}, held: { load: { closePolicy: 'leak' } } },
  requires: ['go'],
  expectations: [
    { text: 'a listener and a reservation each take one port from connect()', holds: 'budget.ports == 999' },
    {
      text: 'connect() takes the port of the service during its restart: one connection more than usable ports',
      holds: 'load.connected == budget.ports + 1',
      profiles: ['tw-reuse-0'],
    },
    {
      text: 'bind() then fails with EADDRINUSE again and again',
      holds: 'client.gauges.restart.eaddrinuse.last >= 2 && client.gauges.restart.listening.last == 0',
      profiles: ['tw-reuse-0'],
      form: 'quick',
    },
    {
      text: 'held: it still fails a minute later',
      holds: 'client.gauges.restart.eaddrinuse.last >= 200 && client.gauges.restart.listening.last == 0',
      profiles: ['tw-reuse-0'],
      variants: ['held'],
      form: 'full',
    },
    {
      text: 'reserved: connect() never takes it, and the service listens again at the first attempt',
      holds:
        'load.connected == budget.ports && client.gauges.restart.eaddrinuse.last == 0 && client.gauges.restart.listening.last == 1',
      profiles: ['reserved-ports'],
    },
  ],
  claims: [
    {
      source: 'skypilot-org/skypilot PR 10426',
      saw: 'the port of a service (46580) taken by an outgoing connection: it cannot start, EADDRINUSE',
      variant: 'held',
      profile: 'tw-reuse-0',
      ours: '{client.gauges.restart.eaddrinuse.last} attempts to bind failed, {load.connected} connections through {budget.ports} usable ports',
      confirmed: 'client.gauges.restart.listening.last == 0 && client.gauges.restart.eaddrinuse.last > 0',
      contradicted: 'client.gauges.restart.listening.last == 1',
      why: 'a port that connect() chose admits no listener while any socket has it, SO_REUSEADDR or not',
    },
    {
      source: 'onedr0p/home-ops 11712',
      saw: 'the range 1024–65535 took the port of DRBD: 6 h outage',
      variant: 'held',
      profile: 'reserved-ports',
      ours: 'reserved: {client.gauges.restart.eaddrinuse.last} failed attempts, listening again',
      confirmed: 'client.gauges.restart.listening.last == 1 && client.gauges.restart.eaddrinuse.last == 0',
      contradicted: 'client.gauges.restart.listening.last == 0',
      why: 'ip_local_reserved_ports would have prevented it: connect() skips the port, bind() to it succeeds',
    },
  ],
};
