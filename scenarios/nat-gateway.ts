import type { ScenarioInput } from '../harness/model/scenario.ts';
import { sourceNat } from './rulesets.ts';

export const natGateway: ScenarioInput = {
  name: 'nat-gateway',
  title: 'three clients behind one address: the NAT gateway runs out of ports before they do',
  story:
    'Three clients, each with plenty of ports, share one source address and 1,000 ports of a NAT gateway. The ' +
    'gateway has no sockets; its conntrack keeps each closed connection in TIME_WAIT for 120 s, twice as long as ' +
    'the clients. short: connections are closed, and when the ports are used up the gateway must evict old ' +
    'entries or drop SYNs. held: they stay open, and from the 1,001st on SYNs are dropped: timeouts without an ' +
    'EADDRNOTAVAIL to explain them. tcp_tw_recycle, which broke clients behind NAT, was removed in Linux 4.12.',
  symptoms: {
    groups: ['EADDRNOTAVAIL at a client'],
    messages: ['nf_conntrack: table full, dropping packet', 'Connection timed out', 'ETIMEDOUT'],
  },
  advice:
    'Give the gateway more source addresses or ports, and let clients keep connections open. ' +
    '`nf_conntrack_tcp_timeout_time_wait` shortens how long the gateway keeps entries (the sockets are not ' +
    'affected). Timeouts without EADDRNOTAVAIL at the clients point to the gateway.',
  columns: ['gateway.conntrack.entriesPeak', 'gateway.conntrack.timeWaitAtEnd', 'gateway.conntrack.establishedAtEnd'],
  peers: {
    client: { count: 3 },
    gateway: { forwards: true, nftables: sourceNat('eth0', { low: 20_000, high: 20_999 }) },
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [
    ['gateway', 'server'],
    ['client', 'gateway'],
  ],
  load: {
    closePolicy: 'client-fin',
    arrival: { loop: 'open', ratePerSec: 400, maxInFlight: 4000 },
    durationMs: 20_000,
    observeMs: 66_000,
    timeoutMs: 1500,
  },
  quick: { scalePorts: false, load: { durationMs: 5000, observeMs: 2000 } },
  profiles: ['tw-reuse-0', 'tw-recycle'],
  variants: { short: {}, held: { load: { closePolicy: 'leak' } } },
  requires: ['nft', 'conntrack'],
  expectations: [
    { text: 'no client runs out of ports', holds: 'load.failures.EADDRNOTAVAIL == 0' },
    {
      text: 'the gateway fills its 1,000 ports',
      holds: 'gateway.conntrack.entriesPeak >= 990 && gateway.conntrack.entriesPeak <= 1010',
    },
    {
      text: 'beyond them it evicts TIME_WAIT entries (newer kernels), or connections time out',
      holds: 'load.completed > 1000 || load.failures.ETIMEDOUT > 0',
      variants: ['short'],
    },
    {
      text: 'open connections are not evicted: none beyond 1,000 completes, the others time out',
      holds: 'load.completed <= 1000 && load.failures.ETIMEDOUT > 0',
      variants: ['held'],
    },
    {
      text: "the clients' TIME_WAITs have ended, the gateway's have not",
      holds: 'client.timeWait.live == 0 && gateway.conntrack.timeWaitAtEnd >= 900',
      variants: ['short'],
      form: 'full',
    },
  ],
};
