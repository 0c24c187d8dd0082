import type { ScenarioInput } from '../harness/model/scenario.ts';
import { noPortMessages } from './messages.ts';
import { trackConnections } from './rulesets.ts';

export const halfMeasures: ScenarioInput = {
  name: 'half-measures',
  title: "negative controls: tcp_fin_timeout and conntrack's TIME_WAIT timeout do not affect TIME_WAIT sockets",
  story:
    'Both settings are often recommended against TIME_WAIT. tcp_fin_timeout limits FIN_WAIT2; the conntrack timeout ' +
    "applies to the firewall's table. With either set to a few seconds the ports run out exactly as before, " +
    'and every TIME_WAIT is still there long after the timeout.',
  symptoms: { groups: ['EADDRNOTAVAIL at a client'], messages: [...noPortMessages, 'tcp_fin_timeout has no effect'] },
  advice:
    "Leave both alone. `tcp_fin_timeout` applies to FIN_WAIT2, the conntrack timeout to the firewall's " +
    'table; neither frees a port.',
  columns: ['client.timeWait.live', 'client.conntrack.timeWaitAtEnd', 'phases.timeToExhaustionMs'],
  peers: {
    // Few ports, so that the speed of the port search does not matter.
    client: { sysctls: { 'net.ipv4.ip_local_port_range': '32768 33767' }, nftables: trackConnections },
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-fin',
    arrival: { loop: 'open', ratePerSec: 800 },
    durationMs: 40_000,
    observeMs: 15_000,
  },
  quick: { load: { durationMs: 2000, observeMs: 11_500 } },
  profiles: ['tw-reuse-0', 'fin-timeout-10', 'conntrack-tw-2'],
  requires: ['nft', 'conntrack'],
  expectations: [
    { text: 'the ports run out with every setting', holds: 'verdict == exhausted' },
    {
      text: 'they run out after as many connections as the port budget predicts without these settings',
      holds: 'load.connected >= budget.fourTuples && load.connected <= budget.fourTuples + server.counters.Tcp.OutRsts',
      form: 'quick',
    },
    {
      text: 'no TIME_WAIT has ended after the timeouts (except by a RST from the server)',
      holds: 'client.timeWait.created - client.timeWait.live <= server.counters.Tcp.OutRsts',
      form: 'quick',
    },
    {
      text: 'the conntrack entries are gone, the sockets are not',
      holds: 'client.conntrack.timeWaitAtEnd == 0 && client.timeWait.live > 0',
      profiles: ['conntrack-tw-2'],
    },
    {
      text: 'conntrack keeps TIME_WAIT for 120 s by default',
      holds: 'client.conntrack.timeWaitAtEnd >= client.timeWait.live',
      profiles: ['tw-reuse-0'],
      form: 'quick',
    },
  ],
};
