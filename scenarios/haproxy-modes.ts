import type { ScenarioInput } from '../harness/model/scenario.ts';
import { noPortMessages } from './messages.ts';

const haproxy = (parameters: Record<string, string | number | boolean>, more: object = {}) => ({
  peers: { lb: { serves: [{ server: 'haproxy', upstream: ['web'], parameters: { retries: 0, ...parameters } }] } },
  ...more,
});

const httpModes = ['keep-alive', 'reuse-always', 'server-close', 'httpclose'];

export const haproxyModes: ScenarioInput = {
  name: 'haproxy-modes',
  title: 'haproxy: which mode opens a connection per request, and which keeps TIME_WAITs that use up ports',
  story:
    'Each client connection carries one request; haproxy has 1,000 ports to the server. keep-alive, the default: with ' +
    '`http-reuse safe` the first request of a client never uses an idle connection, so it is one connection per ' +
    'request all the same; reuse-always lifts that. server-close asks the server to close; httpclose closes the ' +
    'front, too. In all HTTP modes haproxy ends a connection that it closes first with RST: no TIME_WAIT is left there. ' +
    'tunnel (`mode tcp`) passes on the FIN of whoever closes first: the client, so that haproxy keeps the TIME_WAIT ' +
    'and runs out of ports. Against that: tcp_tw_reuse, `option nolinger` (RST), or `source ADDRESS:LOW-HIGH`, with ' +
    'which haproxy binds the port itself with SO_REUSEADDR and takes a TIME_WAIT over at once.',
  symptoms: {
    groups: ['EADDRNOTAVAIL at a client', 'TIME_WAIT at a client'],
    messages: [...noPortMessages, 'Connect() failed for backend: no free ports', '503 Service Unavailable'],
  },
  advice:
    'In `mode http` keep connections: clients that send several requests, or `http-reuse always` if the server copes ' +
    'with a connection that it closes at the same moment. In `mode tcp` let the server close first; else set ' +
    '`tcp_tw_reuse=1`, or `source ADDRESS:LOW-HIGH` with an address of the host (with 0.0.0.0 haproxy 2.6 does not bind at ' +
    'all). `option nolinger` loses data that is still on its way.',
  columns: ['lb.counters.Tcp.ActiveOpens', 'lb.counters.Tcp.OutRsts', 'lb.timeWait.recycled', 'web.timeWait.created'],
  peers: {
    client: { sysctls: { 'net.ipv4.tcp_tw_reuse': '1' } },
    lb: {
      sysctls: { 'net.ipv4.ip_local_port_range': '32768 33767' },
      serves: [{ server: 'haproxy', upstream: ['web'], parameters: { retries: 0 } }],
    },
    web: { serves: [{ server: 'node-http' }] },
  },
  links: [
    ['client', 'lb'],
    ['lb', 'web'],
  ],
  load: {
    to: 'lb',
    closePolicy: 'client-fin',
    arrival: { loop: 'open', ratePerSec: 500 },
    durationMs: 30_000,
  },
  subject: 'lb',
  quick: { scalePorts: false, load: { durationMs: 2800 } },
  profiles: ['lb-tw-reuse-0'],
  variants: {
    'keep-alive': haproxy({}),
    'reuse-always': haproxy({ reuse: 'always' }),
    'server-close': haproxy({ mode: 'server-close' }),
    httpclose: haproxy({ mode: 'httpclose' }),
    tunnel: haproxy({ mode: 'tunnel' }, { profiles: ['lb-tw-reuse-0', 'lb-tw-reuse-1'] }),
    'tunnel-nolinger': haproxy({ mode: 'tunnel', nolinger: true }),
    'tunnel-source': haproxy({ mode: 'tunnel', sourcePorts: '32768-33767' }),
  },
  expectations: [
    {
      text: 'HTTP modes: no TIME_WAIT on the hop to the server, no failure',
      holds: 'lb.hops.to.web.TIME_WAIT == 0 && load.failures == 0',
      variants: httpModes,
    },
    {
      text: 'exactly one connection to the server for each request, except with http-reuse always',
      holds:
        'lb.counters.Tcp.ActiveOpens >= load.answers && lb.counters.Tcp.ActiveOpens <= load.answers + load.inFlight',
      variants: [...httpModes.filter((name) => name !== 'reuse-always'), 'tunnel', 'tunnel-nolinger', 'tunnel-source'],
    },
    {
      text: 'reuse-always: far fewer',
      holds: 'lb.counters.Tcp.ActiveOpens < 0.5 * load.answers',
      variants: ['reuse-always'],
    },
    {
      text: 'server-close: each connection ends with a TIME_WAIT at the server, or with an RST from haproxy',
      holds: 'web.timeWait.created + lb.counters.Tcp.OutRsts >= load.answers && web.timeWait.created > 0',
      variants: ['server-close'],
    },
    {
      text: 'httpclose: haproxy closes the front first, too, and keeps those TIME_WAITs',
      holds: 'lb.timeWait.created > client.timeWait.created',
      variants: ['httpclose'],
    },
    {
      text: 'tunnel: exactly 1,000 connections, then connect() finds no port (more only where an RST ended a TIME_WAIT)',
      holds:
        'verdict == exhausted && lb.counters.Tcp.ActiveOpens >= 1000 && ' +
        'lb.counters.Tcp.ActiveOpens <= 1000 + web.counters.Tcp.OutRsts && ' +
        'lb.gauges.errno.EADDRNOTAVAIL.last >= load.failures && ' +
        'lb.gauges.errno.EADDRNOTAVAIL.last <= load.failures + load.inFlight',
      variants: ['tunnel'],
      profiles: ['lb-tw-reuse-0'],
      form: 'quick',
    },
    {
      text: 'tunnel: tcp_tw_reuse on haproxy helps',
      holds: 'load.failures == 0 && lb.timeWait.recycled > 0',
      variants: ['tunnel'],
      profiles: ['lb-tw-reuse-1'],
    },
    {
      text: 'tunnel-nolinger: every connection ends with an RST, none with a TIME_WAIT',
      holds: 'load.failures == 0 && lb.timeWait.created == 0 && lb.counters.Tcp.OutRsts >= load.answers',
      variants: ['tunnel-nolinger'],
    },
    {
      text: 'tunnel-source: beyond the 1,000 ports each connection takes a TIME_WAIT over, although tcp_tw_reuse is 0',
      holds: 'load.failures == 0 && lb.timeWait.recycled >= load.answers - 1000 - web.counters.Tcp.OutRsts',
      variants: ['tunnel-source'],
      form: 'quick',
    },
  ],
  claims: [
    {
      source: 'haproxy/haproxy issue 1520',
      saw: 'if the client closes first, TIME_WAITs pile up at haproxy and its ports cannot be used again',
      variant: 'tunnel',
      profile: 'lb-tw-reuse-0',
      ours: '{lb.counters.Tcp.ActiveOpens} connections through 1,000 ports, then {load.failures} failures',
      confirmed: 'verdict == exhausted && lb.hops.to.web.TIME_WAIT >= 990',
      contradicted: 'load.failures == 0',
      why: 'mode tcp passes the FIN on, so that haproxy closes first towards the server',
    },
    {
      source: 'the same',
      saw: '`option nolinger` in the backend avoids them',
      variant: 'tunnel-nolinger',
      ours: '{lb.timeWait.created} TIME_WAITs, {lb.counters.Tcp.OutRsts} RSTs, {load.failures} failures',
      confirmed: 'lb.timeWait.created == 0 && load.failures == 0',
      contradicted: 'lb.timeWait.created >= load.answers',
      why: 'close() with SO_LINGER 0 sends RST and keeps no state',
    },
    {
      source: 'haproxy/haproxy issue 2050',
      saw: 'CPU jumps once half of the ports (one parity) is used up; `source 10.51.4.212:2049-60999` solves it',
      variant: 'tunnel-source',
      ours: '{load.answers} connections through 1,000 ports, {lb.timeWait.recycled} TIME_WAITs taken over, {load.failures} failures',
      confirmed: 'load.failures == 0 && lb.timeWait.recycled > 0',
      contradicted: 'load.failures > 0',
      why: 'haproxy binds a port of its own list: connect() searches none (short-conn shows the jump)',
    },
    {
      source: 'haproxy/haproxy issue 1881',
      saw: 'haproxy avoids TIME_WAITs towards its servers, normally there are none',
      variant: 'server-close',
      ours: '{lb.hops.to.web.TIME_WAIT} TIME_WAITs on the hop after {load.answers} connections, {lb.counters.Tcp.OutRsts} RSTs',
      confirmed: 'lb.hops.to.web.TIME_WAIT == 0',
      contradicted: 'lb.hops.to.web.TIME_WAIT >= 0.5 * load.answers',
      why: 'true of mode http, where it asks the server to close, or sends RST; not of mode tcp (tunnel)',
    },
  ],
};
