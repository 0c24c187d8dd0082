import type { ScenarioInput } from '../harness/model/scenario.ts';
import { noPortMessages } from './messages.ts';

const nginx = (parameters: Record<string, string | number | boolean>) => ({
  peers: { lb: { serves: [{ server: 'nginx', upstream: ['web'], parameters }] } },
});

/** As fast as it goes, over connections that the clients keep: what is left is the proxy's own cost. */
const fullSpeed = {
  peers: {
    lb: { sysctls: { 'net.ipv4.ip_local_port_range': '32768 60999' } },
    web: { serves: [{ server: 'node-http' }] },
  },
  load: { arrival: { loop: 'closed', concurrency: 50 }, requestsPerConnection: 0 },
};

const direct = nginx({ upstreamDirect: true });
const right = nginx({ upstreamHttp: '1.1', upstreamKeepalive: 64 });

// An answer may still be on its way when the load ends.
const perRequest =
  'lb.counters.Tcp.ActiveOpens >= load.answers && lb.counters.Tcp.ActiveOpens <= load.answers + load.inFlight';
const inert = ['direct', 'http-1.0', 'connection-close'];

export const proxyWithoutKeepalive: ScenarioInput = {
  name: 'proxy-without-keepalive',
  title: 'nginx as a proxy: each half-configured upstream keepalive opens a connection per request',
  story:
    'nginx reuses a connection to its upstream only with all of: an upstream block with `keepalive`, ' +
    '`proxy_http_version 1.1`, and the Connection header cleared. Without one of them it opens a connection for every ' +
    'request, and no error or warning says so. direct: `proxy_pass` to an address. http-1.0: `keepalive 64`, but the ' +
    "default version. connection-close: `keepalive 64` and 1.1, but nginx's own Connection: close. In these three the " +
    'upstream usually closes first. no-pool: 1.1 and the header, without `keepalive`: nginx closes first, and its 1,000 ' +
    'ports run out. small-pool: `keepalive 2` for about 15 requests at once. right: all of it. *-full-speed: 50 ' +
    'connections as fast as they go, with all ports.',
  symptoms: {
    groups: ['EADDRNOTAVAIL at a client', 'TIME_WAIT at a client'],
    messages: [...noPortMessages, 'while connecting to upstream', 'no live upstreams', '502 Bad Gateway'],
  },
  advice:
    'Write all three: `upstream { server …; keepalive N; }` with N of at least the concurrent requests of a worker, ' +
    '`proxy_http_version 1.1;` and `proxy_set_header Connection "";`. Then check it: connections opened by nginx ' +
    '(Tcp ActiveOpens) must grow more slowly than requests.',
  columns: ['load.answers', 'lb.counters.Tcp.ActiveOpens', 'lb.timeWait.peak', 'lb.cpu.nginx-kernel'],
  peers: {
    client: {},
    lb: {
      sysctls: { 'net.ipv4.ip_local_port_range': '32768 33767' },
      serves: [{ server: 'nginx', upstream: ['web'] }],
    },
    web: { serves: [{ server: 'node-http', parameters: { delayMs: 20 } }] },
  },
  links: [
    ['client', 'lb'],
    ['lb', 'web'],
  ],
  load: {
    to: 'lb',
    closePolicy: 'client-fin',
    // Ten requests a connection, so that the front hop costs little; bursts, as real clients make them.
    arrival: { loop: 'open', ratePerSec: 70, spacing: 'poisson' },
    requestsPerConnection: 10,
    durationMs: 30_000,
  },
  subject: 'lb',
  quick: { scalePorts: false, load: { durationMs: 2400 } },
  profiles: ['lb-tw-reuse-0'],
  variants: {
    direct,
    'http-1.0': nginx({ upstreamKeepalive: 64 }),
    'connection-close': nginx({ upstreamHttp: '1.1', upstreamConnection: 'default', upstreamKeepalive: 64 }),
    'no-pool': nginx({ upstreamHttp: '1.1' }),
    'small-pool': nginx({ upstreamHttp: '1.1', upstreamKeepalive: 2 }),
    right,
    'direct-full-speed': {
      ...fullSpeed,
      peers: { ...fullSpeed.peers, lb: { ...fullSpeed.peers.lb, ...direct.peers.lb } },
    },
    'right-full-speed': {
      ...fullSpeed,
      peers: { ...fullSpeed.peers, lb: { ...fullSpeed.peers.lb, ...right.peers.lb } },
    },
  },
  expectations: [
    {
      text: 'inert: nginx opens exactly one connection for each answer',
      holds: perRequest,
      variants: [...inert, 'no-pool'],
    },
    {
      text: 'no-pool: exactly 1,000 connections, then every request gets 502 because connect() finds no port',
      holds:
        'verdict == exhausted && lb.counters.Tcp.ActiveOpens == 1000 && lb.timeWait.created == 1000 && ' +
        'lb.gauges.errno.EADDRNOTAVAIL.last >= load.failures.HTTP_502 && ' +
        'lb.gauges.errno.EADDRNOTAVAIL.last <= load.failures.HTTP_502 + load.inFlight',
      variants: ['no-pool'],
      form: 'quick',
    },
    {
      text: 'small-pool: fewer connections than requests, but far more than requests at once',
      holds: 'lb.counters.Tcp.ActiveOpens < 0.9 * load.answers && lb.counters.Tcp.ActiveOpens > 64',
      variants: ['small-pool'],
    },
    {
      text: 'right: no more connections than fit into the pool, no TIME_WAIT at either end, no failure',
      holds:
        'lb.counters.Tcp.ActiveOpens <= 64 && lb.timeWait.created == 0 && web.timeWait.created == 0 && load.failures == 0',
      variants: ['right'],
    },
    {
      text: 'right-full-speed: the pool, and a new connection after 1,000 answers on one (keepalive_requests)',
      holds: 'lb.counters.Tcp.ActiveOpens <= 128 + load.answers / 500 && load.failures == 0',
      variants: ['right-full-speed'],
    },
  ],
  claims: [
    {
      source: 'internetarchive/openlibrary PR 13680',
      saw: '`proxy_pass` without an upstream block: about 670 connections/s, one per request',
      variant: 'direct',
      ours: '{lb.counters.Tcp.ActiveOpens} connections for {load.answers} answers',
      confirmed: perRequest,
      contradicted: 'lb.counters.Tcp.ActiveOpens < 0.5 * load.answers',
      why: 'HTTP/1.0 with Connection: close is what nginx sends unless it is told otherwise',
    },
    {
      source: 'couchbase/sync_gateway issue 215',
      saw: '`keepalive 65` alone: up to 10,000 TIME_WAITs at the upstream',
      variant: 'http-1.0',
      ours: '{lb.counters.Tcp.ActiveOpens} connections for {load.answers} answers; TIME_WAITs: {web.timeWait.created} at the upstream, {lb.timeWait.created} at nginx',
      confirmed: `${perRequest} && web.timeWait.created > lb.timeWait.created`,
      contradicted: 'lb.counters.Tcp.ActiveOpens < 0.5 * load.answers',
      why: 'HTTP/1.0 asks the upstream to close, so nothing is kept, and the upstream closes first',
    },
    {
      source: 'dokku/dokku issue 4752',
      saw: '`keepalive` and 1.1 are not enough: the Connection header must be cleared',
      variant: 'connection-close',
      ours: '{lb.counters.Tcp.ActiveOpens} connections for {load.answers} answers',
      confirmed: perRequest,
      contradicted: 'lb.counters.Tcp.ActiveOpens < 0.5 * load.answers',
      why: 'nginx sends Connection: close in HTTP/1.1, too',
    },
    {
      source: 'internetarchive/openlibrary PR 13680',
      saw: 'CPU in the kernel 28 % → 19 % (a third less) with the pool',
      variant: 'right',
      against: 'direct',
      ours: '{against:lb.cpu.nginx-kernel} → {lb.cpu.nginx-kernel} of a core in the kernel at the same rate',
      confirmed: 'lb.cpu.nginx-kernel < baseline',
      contradicted: 'lb.cpu.nginx-kernel > 1.2 * baseline',
      why: 'no connect(), no close() and no port search for each request',
    },
    {
      source: 'dokku/dokku PR 7263',
      saw: '4,000 → 12,000 requests/s (3 times) with the pool',
      variant: 'right-full-speed',
      against: 'direct-full-speed',
      ours: '{against:load.rate.achieved} → {load.rate.achieved} (*-full-speed)',
      confirmed: 'load.rate.achieved >= 2 * baseline',
      contradicted: 'load.rate.achieved < baseline',
      why: 'the factor depends on what else an answer costs; this server does next to nothing',
    },
  ],
};
