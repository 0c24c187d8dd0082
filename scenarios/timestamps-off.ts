import type { ScenarioInput } from '../harness/model/scenario.ts';
import { noPortMessages } from './messages.ts';

const off = (...roles: string[]) => ({
  peers: Object.fromEntries(roles.map((role) => [role, { sysctls: { 'net.ipv4.tcp_timestamps': '0' } }])),
});

/** So that the port search, which is slower when reuse is on without effect, does not decide whether ports run out. */
const fewPorts = { 'net.ipv4.ip_local_port_range': '32768 33767' };

export const timestampsOff: ScenarioInput = {
  name: 'timestamps-off',
  title: 'tcp_tw_reuse=1 without TCP timestamps, on one side or both: no effect',
  story:
    'connect() may take a TIME_WAIT over only when the connection carried timestamps: they are what distinguishes ' +
    'an old segment from a new one. Both ends must offer them. A server, a load balancer or an old firewall rule that strips ' +
    "them turns the client's tcp_tw_reuse off silently.",
  symptoms: { groups: ['EADDRNOTAVAIL at a client'], messages: [...noPortMessages, 'tcp_tw_reuse has no effect'] },
  advice:
    'Keep `tcp_timestamps` at 1 on both sides before you try `tcp_tw_reuse=1`; check with `ss -ti` (ts) ' +
    'on a connection.',
  columns: ['client.timeWait.recycled'],
  peers: {
    client: { sysctls: fewPorts },
    server: { serves: [{ server: 'node-http' }] },
  },
  links: [['client', 'server']],
  load: {
    closePolicy: 'client-fin',
    // Half of what reuse allows, because a delayed generator starts all overdue arrivals at once.
    arrival: { loop: 'open', ratePerSec: 500 },
    durationMs: 40_000,
  },
  quick: { load: { durationMs: 4000 } },
  profiles: ['tw-reuse-1'],
  variants: {
    'both-on': {},
    'client-off': off('client'),
    'server-off': off('server'),
    'both-off': off('client', 'server'),
  },
  expectations: [
    {
      text: 'with timestamps on both sides the ports do not run out',
      holds: 'verdict != exhausted',
      variants: ['both-on'],
    },
    {
      text: 'with timestamps on both sides TIME_WAITs are taken over',
      holds: 'client.timeWait.recycled > 0',
      variants: ['both-on'],
    },
    {
      text: 'without them the ports run out',
      holds: 'verdict == exhausted',
      variants: ['client-off', 'server-off', 'both-off'],
    },
    {
      text: 'without them no TIME_WAIT is taken over',
      holds: 'client.timeWait.recycled == 0',
      variants: ['client-off', 'server-off', 'both-off'],
    },
  ],
};
