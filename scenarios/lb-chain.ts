import type { ScenarioInput } from '../harness/model/scenario.ts';
import { noPortMessages } from './messages.ts';

const lb = (parameters: Record<string, string | number>) => ({
  peers: { lb: { serves: [{ server: 'nginx', upstream: ['web'], parameters }] } },
});

export const lbChain: ScenarioInput = {
  name: 'lb-chain',
  title: 'client, nginx as load balancer, two web servers, a database: who closes first on which hop',
  story:
    'Each hop has its own TIME_WAIT. Plan A: the load balancer speaks HTTP/1.1 to the web servers and closes ' +
    'after every answer, so that its own 1,000 ports run out and its clients see 502; tcp_tw_reuse there helps. ' +
    'Plan B, the default of nginx: HTTP/1.0 and Connection: close, the web servers close first, and the load ' +
    "balancer's tcp_tw_reuse has no effect. Plan C: upstream keepalive, and almost no TIME_WAIT. The front hop " +
    'and the database pool never change.',
  symptoms: {
    groups: ['EADDRNOTAVAIL at a client', 'TIME_WAIT at a server'],
    messages: [...noPortMessages, 'while connecting to upstream', '502 Bad Gateway'],
  },
  advice:
    'Enable upstream keepalive (plan C: `keepalive`, `proxy_http_version 1.1`, an empty Connection header). ' +
    'Until then, find out who closes first: `tcp_tw_reuse` helps only on the side that opens the connections ' +
    'and keeps the TIME_WAIT.',
  columns: ['lb.hops.to.web.TIME_WAIT', 'web.hops.from.lb.TIME_WAIT'],
  peers: {
    // In every plan the client keeps the front hop's TIME_WAIT; with reuse the client does not run out of ports.
    client: { sysctls: { 'net.ipv4.tcp_tw_reuse': '1' } },
    lb: {
      sysctls: { 'net.ipv4.ip_local_port_range': '32768 33767' },
      serves: [{ server: 'nginx', upstream: ['web'] }],
    },
    web: { count: 2, serves: [{ server: 'go-http', upstream: ['db'], parameters: { maxIdle: 50 } }] },
    db: { serves: [{ server: 'mariadb', ports: [3306] }] },
  },
  links: [
    ['client', 'lb'],
    ['lb', 'web'],
    ['web', 'db'],
  ],
  load: {
    to: 'lb',
    closePolicy: 'client-fin',
    arrival: { loop: 'open', ratePerSec: 600 },
    durationMs: 40_000,
  },
  subject: 'lb',
  quick: { scalePorts: false, load: { durationMs: 5000 } },
  profiles: ['lb-tw-reuse-0', 'lb-tw-reuse-1'],
  variants: {
    'a-lb-closes': lb({ upstreamHttp: '1.1' }),
    'b-web-closes': lb({ upstreamHttp: '1.0' }),
    'c-keepalive': lb({ upstreamHttp: '1.1', upstreamKeepalive: 256 }),
  },
  requires: ['nginx', 'go', 'mariadb'],
  expectations: [
    {
      text: "A: the load balancer's ports run out, and its clients see 502",
      holds:
        'verdict == exhausted && load.failures.HTTP_502 == lb.gauges.errno.EADDRNOTAVAIL.last && lb.gauges.errno.EADDRNOTAVAIL.last > 0',
      variants: ['a-lb-closes'],
      profiles: ['lb-tw-reuse-0'],
    },
    {
      text: 'A: its TIME_WAITs are on the hop to the web servers, one per four-tuple (except those that a RST ended)',
      holds:
        'lb.hops.to.web.TIME_WAIT <= 2000 && lb.hops.to.web.TIME_WAIT >= 2000 - web.counters.Tcp.OutRsts && ' +
        'lb.hops.from.client.TIME_WAIT == 0',
      variants: ['a-lb-closes'],
      profiles: ['lb-tw-reuse-0'],
    },
    {
      text: 'A: tcp_tw_reuse on the load balancer helps',
      holds: 'verdict != exhausted && load.failures == 0 && lb.timeWait.recycled > 0',
      variants: ['a-lb-closes'],
      profiles: ['lb-tw-reuse-1'],
    },
    {
      text: "B: most of the hop's TIME_WAIT is at the web servers",
      holds: 'web.timeWait.created > lb.timeWait.created',
      variants: ['b-web-closes'],
    },
    {
      text: 'C: almost no TIME_WAIT on the hop',
      holds: 'lb.hops.to.web.TIME_WAIT + web.hops.from.lb.TIME_WAIT <= 0.1 * load.completed && load.failures == 0',
      variants: ['c-keepalive'],
    },
    {
      text: 'the front hop is the same in all plans: the client closes first',
      holds: 'lb.hops.from.client.TIME_WAIT == 0 && client.timeWait.created > 0',
    },
  ],
};
