import type { ScenarioInput } from '../harness/model/scenario.ts';
import { noPortMessages } from './messages.ts';

export const loopbackReuse: ScenarioInput = {
  name: 'loopback-reuse',
  title: "client and server on one host: tcp_tw_reuse=2, the kernel's default, reuses ports on 127.0.0.1 alone",
  story:
    'A client and its server share a network stack, as a service and its sidecar proxy do. The value 2 of tcp_tw_reuse ' +
    'lets connect() reuse a TIME_WAIT where an address is a loopback one (127.0.0.0/8, ::1), and nowhere else: on ' +
    "127.0.0.1 it does what 1 does; to an address of the host's own, over the same interface, it does what 0 does. " +
    'Both ends of a connection are in one stack, so its counters count each connection as opened and as accepted.',
  symptoms: { groups: ['EADDRNOTAVAIL at a client'], messages: [...noPortMessages, '127.0.0.1', 'tcp_tw_reuse=2'] },
  advice:
    'Connect to 127.0.0.1 or ::1 where client and server share a host and keep the default 2, or reuse connections. ' +
    "To an address of the host's own only 1 helps.",
  columns: ['host.timeWait.recycled', 'host.timeWait.peak', 'host.counters.Tcp.PassiveOpens'],
  peers: {
    // Few ports, so that the speed of the port search does not matter.
    host: {
      sysctls: { 'net.ipv4.ip_local_port_range': '32768 33767' },
      serves: [{ server: 'node-http' }],
    },
  },
  links: [['host', 'host']],
  variants: {
    loopback: {},
    'own-address': { links: [{ between: ['host', 'host'], address: 'own' }] },
  },
  load: {
    from: 'host',
    to: 'host',
    closePolicy: 'client-fin',
    arrival: { loop: 'open', ratePerSec: 300 },
    durationMs: 30_000,
  },
  quick: { load: { durationMs: 6000 } },
  profiles: ['tw-reuse-0', 'tw-reuse-1', 'tw-reuse-2'],
  subject: 'host',
  expectations: [
    { text: 'without reuse the ports run out', holds: 'verdict == exhausted', profiles: ['tw-reuse-0'] },
    {
      text: 'as many connections as there are ports, and one more for each TIME_WAIT that a RST ended',
      holds:
        'load.connected >= budget.fourTuples && load.connected <= budget.fourTuples + host.counters.Tcp.OutRsts && host.timeWait.recycled == 0',
      profiles: ['tw-reuse-0'],
    },
    {
      text: 'with 1 no connect() fails, and more connections are made than there are ports',
      holds: 'verdict == healthy && load.failures == 0 && load.connected > 1.5 * budget.fourTuples',
      profiles: ['tw-reuse-1'],
    },
    {
      text: 'on 127.0.0.1 the value 2 does the same',
      holds: 'verdict == healthy && load.failures == 0 && load.connected > 1.5 * budget.fourTuples',
      profiles: ['tw-reuse-2'],
      variants: ['loopback'],
    },
    {
      text: "to the host's own address the value 2 reuses nothing: the ports run out",
      holds:
        'verdict == exhausted && host.timeWait.recycled == 0 && load.connected >= budget.fourTuples && ' +
        'load.connected <= budget.fourTuples + host.counters.Tcp.OutRsts',
      profiles: ['tw-reuse-2'],
      variants: ['own-address'],
    },
    {
      text: 'every connection beyond the ports took one over (TWRecycled)',
      holds:
        'host.timeWait.recycled >= load.connected - budget.fourTuples - host.counters.Tcp.OutRsts && ' +
        'host.timeWait.recycled <= host.timeWait.created - host.timeWait.live',
    },
    {
      text: 'both ends are counted in one network stack',
      holds: 'host.counters.Tcp.ActiveOpens == host.counters.Tcp.PassiveOpens',
    },
    {
      text: 'no source and destination ever had more four-tuples than there are ports',
      holds: 'host.timeWait.peak <= budget.fourTuples',
    },
  ],
};
