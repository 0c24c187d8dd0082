import type { ScenarioInput } from '../harness/model/scenario.ts';

/** A namespace tracks connections only if a rule uses their state. */
const tracked = `table inet lab {
  chain in { type filter hook input priority filter; ct state new accept; }
  chain out { type filter hook output priority filter; ct state new accept; }
}
`;

export const wrkTomcat: ScenarioInput = {
  name: 'wrk-tomcat',
  title: 'the published experiment: wrk against a real Tomcat, 404, 100 connections',
  story:
    'Keep-alive is on, and yet there is TIME_WAIT on both sides: Tomcat closes a connection after ' +
    'maxKeepAliveRequests = 100 requests, with Connection: close on the last answer; wrk sees that and closes ' +
    'too. The side whose FIN is first keeps the TIME_WAIT; if the FINs cross, both do. Sockets stay in TIME_WAIT ' +
    'for 60 s, conntrack entries for 120 s. The requested path does not exist, so that an answer costs little.',
  symptoms: {
    groups: ['TIME_WAIT at a client', 'TIME_WAIT at a server'],
    messages: ['maxKeepAliveRequests', 'Socket errors: connect'],
  },
  advice:
    "Raise Tomcat's `maxKeepAliveRequests` (-1: no limit) if clients are few and trusted: TIME_WAIT goes " +
    'down with the number of connections, regardless of `tcp_tw_reuse`.',
  columns: ['client.counters.Tcp.ActiveOpens', 'closedFirst.server'],
  published: {
    source:
      'published in 2021: Tomcat 8.5 and wrk -c 100 -t 2 -d 300 on two hosts, states by netstat and conntrack -L while it ran',
    profiles: ['tw-reuse-0', 'tw-reuse-1'],
    rows: [
      { side: 'server', state: 'ESTABLISHED', metric: 'server.states.ESTABLISHED.peak', values: [93, 103] },
      { side: 'server', state: 'TIME_WAIT', metric: 'server.timeWait.peak', values: [19_980, 13_628] },
      { side: 'server', state: 'conntrack TIME_WAIT', metric: 'server.conntrack.timeWaitPeak', values: [12_361, null] },
      { side: 'client', state: 'ESTABLISHED', metric: 'client.states.ESTABLISHED.peak', values: [101, 99] },
      {
        side: 'client',
        state: 'TIME_WAIT',
        metric: 'client.timeWait.peak',
        values: [11_782, 7_018],
        note: '+1 SYN_SENT; +1 CLOSING',
      },
      { side: 'client', state: 'conntrack TIME_WAIT', metric: 'client.conntrack.timeWaitPeak', values: [21_081, null] },
    ],
  },
  peers: {
    client: { nftables: tracked },
    server: { serves: [{ server: 'tomcat', parameters: { maxKeepAliveRequests: 100 } }], nftables: tracked },
  },
  links: [['client', 'server']],
  load: {
    engine: 'wrk',
    closePolicy: 'server-fin',
    arrival: { loop: 'closed', concurrency: 100 },
    threads: 2,
    path: '/abc',
    requestsPerConnection: 0,
    durationMs: 300_000,
  },
  // The whole range, as published: the scenario measures how much accumulates, not whether ports run out.
  quick: { scalePorts: false, load: { durationMs: 10_000 } },
  profiles: ['tw-reuse-0', 'tw-reuse-1'],
  requires: ['tomcat', 'wrk', 'nft', 'conntrack'],
  expectations: [
    {
      text: 'there is TIME_WAIT although keep-alive is on',
      holds: 'server.timeWait.created + client.timeWait.created > 0',
    },
    {
      // The 100 connections open at the end have not had their 100 requests yet; wrk opens 2 more to probe the server.
      text: 'connections = requests / maxKeepAliveRequests',
      holds: 'abs(client.counters.Tcp.ActiveOpens - load.answers / 100) <= 110',
    },
    {
      // Which side it is depends on which closes first after the last answer, and so on the machine's load.
      text: 'every connection that ended left a TIME_WAIT at one side, or at both',
      holds: 'server.timeWait.created + client.timeWait.created >= 0.95 * (client.counters.Tcp.ActiveOpens - 102)',
    },
    { text: 'without reuse none is taken over', holds: 'client.timeWait.recycled == 0', profiles: ['tw-reuse-0'] },
  ],
};
