import type { ScenarioInput } from '../harness/model/scenario.ts';

export const cliff: ScenarioInput = {
  name: 'cliff',
  title: 'connect() past half of the ports: many times as slow, and no error',
  story:
    'connect() looks at the ports of one parity first. While one of them is free the search is short. When that half is ' +
    'used up, each connect() walks over all of it before it turns to the other half: about 0.12 µs for each TIME_WAIT, ' +
    'all CPU in the kernel, and no counter, no message says so. A wider range has a later and a higher cliff. With tcp_tw_reuse=1 ' +
    'the first half is enough as long as its TIME_WAITs are a second old when the search comes back to them. Where the kernel ' +
    'has net.ipv4.ip_local_port_step_width and it is set, the search takes random steps, and no cliff is predicted.',
  symptoms: {
    groups: ['slow connect()', 'EADDRNOTAVAIL at a client'],
    messages: [
      'connect() takes milliseconds',
      'slow connect',
      '__inet_hash_connect',
      '__inet_check_established',
      'high system CPU in connect',
    ],
  },
  advice:
    'Keep fewer than half of the ports in TIME_WAIT: reuse connections, or set `tcp_tw_reuse=1`. Do not widen the range alone: ' +
    'it moves the cliff and makes it higher. A program that opens the connections itself can set IP_LOCAL_PORT_RANGE (Linux ' +
    '6.3), with which connect() searches both parities.',
  claims: [
    {
      source: 'redis/docker-library-redis issue 141',
      saw: '14,335 connections in the first second, half of 28,232 ports, and 27,477 after 20 s',
      profile: 'tw-reuse-0',
      ours: '{search.belowHalfUs} in connect() below half of {budget.ports} ports, {search.pastHalfUs} past it',
      confirmed: 'search.ratio >= 3',
      contradicted: 'search.ratio < 1.5',
      why: 'past half each connect() walks over one parity in use; their client does one connect() at a time',
    },
    {
      source: 'net-next, March 2026: ip_local_port_step_width',
      saw: 'random steps replace the walk over one parity',
      profile: 'port-step-width',
      ours: '{search.belowHalfUs} below half of {budget.ports} ports, {search.pastHalfUs} past it',
      confirmed: 'search.ratio < 2',
      contradicted: 'search.ratio >= 3',
      why: 'measured where the kernel has the setting',
    },
  ],
  columns: ['search.belowHalfUs', 'search.pastHalfUs', 'search.ratio', 'client.timeWait.recycled'],
  peers: {
    client: {},
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-fin',
    arrival: { loop: 'open', ratePerSec: 2000 },
    durationMs: 60_000,
  },
  // Enough ports for a search that takes ten times as long as the rest of connect().
  quick: { ports: 4000, load: { durationMs: 4000 } },
  profiles: ['tw-reuse-0', 'wide-range', 'tw-reuse-1', 'wide-range+tw-reuse', 'port-step-width'],
  expectations: [
    {
      text: 'without reuse connect() takes at least three times as long past half of the ports',
      holds: 'search.ratio >= 3',
      profiles: ['tw-reuse-0', 'wide-range'],
    },
    {
      text: 'nothing fails before the last port is used',
      holds:
        'load.connected <= budget.fourTuples + server.counters.Tcp.OutRsts && (load.failures == 0 || load.connected >= budget.fourTuples)',
      profiles: ['tw-reuse-0', 'wide-range'],
    },
    {
      text: 'with reuse about half of the ports are enough, and nothing fails',
      holds: 'load.failures == 0 && client.timeWait.recycled > 0 && client.timeWait.peak <= 0.75 * budget.fourTuples',
      profiles: ['tw-reuse-1', 'wide-range+tw-reuse'],
    },
  ],
};
