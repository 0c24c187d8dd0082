import type { ScenarioInput } from '../harness/model/scenario.ts';
import { noPortMessages, resetMessages } from './messages.ts';

const proxy = (serves: object, more: object = {}) => ({ peers: { proxy: { serves: [serves] } }, ...more });

/** The parent of docker-proxy waits for its start on descriptor 3, which must be open. */
const dockerProxy = {
  server: 'program',
  upstream: ['web'],
  parameters: {
    command:
      "sh -c 'exec docker-proxy -proto tcp -host-ip {address} -host-port {port} " +
      "-container-ip {upstream_address} -container-port {upstream_port} 3>&2'",
  },
};

export const dockerProxyScenario: ScenarioInput = {
  name: 'docker-proxy',
  title: "a userland proxy in front, as Docker's published ports have one: its own connect() runs out of ports",
  story:
    'A userland proxy accepts each connection and opens a second one to its next hop. The client closes first, the proxy ' +
    'passes the FIN on and keeps the TIME_WAIT, so that its 1,000 ports run out, although the client has plenty. ' +
    "connect() fails in the proxy alone: the client's connect() has succeeded by then, and its connection is " +
    "reset. tcp-proxy is the lab's own, docker-proxy the program that Docker starts for each published port.",
  symptoms: {
    groups: ['EADDRNOTAVAIL at a client', 'resets'],
    messages: [...noPortMessages, ...resetMessages, 'docker-proxy'],
  },
  advice:
    'Look for EADDRNOTAVAIL at the proxy, not at the client. Reuse connections through it; or do without it: ' +
    "`--network host`, or Docker's `userland-proxy: false`, with which the kernel forwards published ports (NAT has port " +
    'limits of its own: nat-gateway). `tcp_tw_reuse=1` must be set in the network namespace of the proxy.',
  columns: ['proxy.counters.Tcp.ActiveOpens', 'proxy.hops.to.web.TIME_WAIT', 'proxy.gauges.errno.EADDRNOTAVAIL.last'],
  peers: {
    client: { sysctls: { 'net.ipv4.tcp_tw_reuse': '1' } },
    proxy: {
      sysctls: { 'net.ipv4.ip_local_port_range': '32768 33767' },
      serves: [{ server: 'tcp-proxy', upstream: ['web'] }],
    },
    web: { serves: [{ server: 'node-http' }] },
  },
  links: [
    ['client', 'proxy'],
    ['proxy', 'web'],
  ],
  load: {
    to: 'proxy',
    closePolicy: 'client-fin',
    arrival: { loop: 'open', ratePerSec: 500 },
    durationMs: 30_000,
  },
  subject: 'proxy',
  quick: { scalePorts: false, load: { durationMs: 2800 } },
  profiles: ['tw-reuse-0', 'tw-reuse-1'],
  variants: {
    'tcp-proxy': {},
    'docker-proxy': proxy(dockerProxy, { requires: ['docker-proxy'] }),
  },
  expectations: [
    {
      text: 'the proxy opens exactly one connection for each answer (and for those in flight at the end)',
      holds:
        'proxy.counters.Tcp.ActiveOpens >= load.answers && proxy.counters.Tcp.ActiveOpens <= load.answers + load.inFlight',
    },
    {
      text: 'exactly 1,000 connections; then connect() fails in the proxy, once for each failure at the client',
      holds:
        'verdict == exhausted && proxy.counters.Tcp.ActiveOpens == 1000 && proxy.hops.to.web.TIME_WAIT == 1000 && ' +
        'proxy.gauges.errno.EADDRNOTAVAIL.last >= load.failures && ' +
        'proxy.gauges.errno.EADDRNOTAVAIL.last <= load.failures + load.inFlight',
      profiles: ['tw-reuse-0'],
      form: 'quick',
    },
    {
      text: 'no client sees EADDRNOTAVAIL: all connections are established, and those without a next hop are closed',
      holds: 'load.failures.EADDRNOTAVAIL == 0 && load.connected == load.attempts',
    },
    {
      text: 'tcp_tw_reuse at the proxy helps',
      holds: 'verdict == healthy && load.failures == 0 && proxy.timeWait.recycled > 0',
      profiles: ['tw-reuse-1'],
    },
  ],
  claims: [
    {
      source: 'moby/moby issue 47537',
      saw: 'connections through docker-proxy fail after about 30,000, with the host network none does',
      variant: 'docker-proxy',
      profile: 'tw-reuse-0',
      ours: '{load.answers} connections through 1,000 ports, then {load.failures} failures',
      confirmed: 'verdict == exhausted && proxy.gauges.errno.EADDRNOTAVAIL.last >= load.failures',
      contradicted: 'load.failures == 0',
      why: 'the default range has 28,232 ports, and the proxy needs one for each connection of the last 60 s',
    },
    {
      source: 'the same',
      saw: 'the failures are time-outs (3 s), after 10,000 connects took 1.3 s, 4.1 s, 11.1 s',
      variant: 'docker-proxy',
      profile: 'tw-reuse-0',
      ours: '{load.failures.ETIMEDOUT} time-outs; {load.failures.ECONNRESET} ECONNRESET, {load.failures.EPIPE} EPIPE of {load.failures} failures',
      confirmed: 'load.failures.ETIMEDOUT > 0',
      why:
        'without a port connect() fails at once, and the proxy closes the client. What takes seconds is the search past ' +
        'half of the ports, which 1,000 ports are too few to show (short-conn in full form)',
    },
  ],
};
