import { describe, expect, it } from 'vitest';
import { ServerSpec } from '../model/scenario.ts';
import { nginxConf } from './nginx/config.ts';
import { nginxTraits } from './nginx/traits.ts';
import { serverXml, tomcatVersion } from './tomcat/config.ts';
import { tomcatTraits } from './tomcat/traits.ts';

const spec = (server: string, parameters: Record<string, number | string>) => ServerSpec.parse({ server, parameters });

describe('tomcat', () => {
  it('gets one connector per port, with the limit', () => {
    const xml = serverXml({ ports: [8080, 8081], maxKeepAliveRequests: -1 });
    expect(xml.match(/<Connector port="(\d+)" protocol="HTTP\/1.1" maxKeepAliveRequests="-1"\/>/g)).toHaveLength(2);
  });
  it('reads its version from its own log', () => {
    const log = 'INFO: Server version name:   Apache Tomcat/10.1.60 (Debian)\nINFO: Server built: x';
    expect(tomcatVersion(log)).toBe('Apache Tomcat/10.1.60 (Debian)');
    expect(tomcatVersion('')).toBeNull();
  });
  it.each([1, 100, -1])('accepts a limit of %i', (limit) => {
    expect(tomcatTraits.issues(spec('tomcat', { maxKeepAliveRequests: limit }))).toEqual([]);
  });
  it.each([0, -2, 1.5, 'many'])('rejects a limit of %s', (limit) => {
    expect(tomcatTraits.issues(spec('tomcat', { maxKeepAliveRequests: limit }))).toHaveLength(1);
  });
  it('says how many requests a connection carries', () => {
    expect(tomcatTraits.facts(spec('tomcat', {})).requestLimit).toBe(100);
    expect(tomcatTraits.facts(spec('tomcat', { maxKeepAliveRequests: -1 })).requestLimit).toBeNull();
  });
});

describe('nginx', () => {
  it('listens, answers and keeps alive as asked', () => {
    const upstream = { family: 4, upstreams: [], upstreamHttp: '1.0', upstreamKeepalive: 0 } as const;
    const conf = nginxConf({ ports: [80, 81], status: 404, keepaliveRequests: 7, keepaliveTimeoutSec: 0, ...upstream });
    for (const line of ['listen 80 ', 'listen 81 ', 'return 404', 'keepalive_requests 7;', 'keepalive_timeout 0s;']) {
      expect(conf).toContain(line);
    }
  });
  it('passes requests on, with and without a pool', () => {
    const served = { family: 4, ports: [80], status: 200, keepaliveRequests: 1000, keepaliveTimeoutSec: 75 } as const;
    const upstreams = [{ address: '198.18.1.102', port: 8080 }];
    const plain = nginxConf({ ...served, upstreams, upstreamHttp: '1.0', upstreamKeepalive: 0 });
    expect(plain).toContain('server 198.18.1.102:8080 max_fails=0;');
    expect(plain).not.toContain('keepalive 32');
    const pooled = nginxConf({ ...served, upstreams, upstreamHttp: '1.1', upstreamKeepalive: 32 });
    expect(pooled).toContain('keepalive 32;');
    expect(pooled).toContain('proxy_http_version 1.1; proxy_set_header Connection "";');
  });
  it('listens and passes requests on over IPv6', () => {
    const served = { family: 6, ports: [80], status: 200, keepaliveRequests: 1, keepaliveTimeoutSec: 0 } as const;
    const upstreams = [{ address: '2001:2:0:2::102', port: 8080 }];
    const conf = nginxConf({ ...served, upstreams, upstreamHttp: '1.0', upstreamKeepalive: 0 });
    expect(conf).toContain('listen [::]:80 ');
    expect(conf).toContain('server [2001:2:0:2::102]:8080 max_fails=0;');
  });
  it('rejects unknown and invalid parameters', () => {
    const fields = nginxTraits.issues(spec('nginx', { status: 500, keepaliveRequests: 0, gzip: 1 }));
    expect(fields.map((one) => one.field)).toEqual([
      'parameters.gzip',
      'parameters.status',
      'parameters.keepaliveRequests',
    ]);
  });
});
