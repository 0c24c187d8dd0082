import { describe, expect, it } from 'vitest';
import { ServerSpec } from '../model/scenario.ts';
import { haproxyCfg } from './haproxy/config.ts';
import { HaproxyParameters, haproxyTraits } from './haproxy/traits.ts';
import { nginxConf } from './nginx/config.ts';
import { NginxParameters, nginxTraits } from './nginx/traits.ts';
import { serverXml, tomcatVersion } from './tomcat/config.ts';
import { tomcatTraits } from './tomcat/traits.ts';

const spec = (server: string, parameters: Record<string, number | string | boolean>) =>
  ServerSpec.parse({ server, parameters });

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

const web = { address: '198.18.1.102', port: 8080, sourceAddress: '198.18.1.2' };
const family = 4;

describe('nginx', () => {
  const conf = (parameters: object, upstreams = [web], ports = [80]) =>
    nginxConf({ ...NginxParameters.parse(parameters), ports, upstreams, family });

  it('listens, answers and keeps alive as asked', () => {
    const text = conf({ status: 404, keepaliveRequests: 7, keepaliveTimeoutSec: 0 }, [], [80, 81]);
    for (const line of ['listen 80 ', 'listen 81 ', 'return 404', 'keepalive_requests 7;', 'keepalive_timeout 0s;']) {
      expect(text).toContain(line);
    }
  });
  it('passes requests on, with and without a pool', () => {
    const plain = conf({});
    expect(plain).toContain('server 198.18.1.102:8080 max_fails=0;');
    expect(plain).toContain('proxy_http_version 1.0;');
    expect(plain).not.toMatch(/ {4}keepalive |proxy_set_header/);
    const pooled = conf({ upstreamHttp: '1.1', upstreamKeepalive: 32 });
    expect(pooled).toContain('    keepalive 32;');
    expect(pooled).toContain('proxy_pass http://next; proxy_http_version 1.1; proxy_set_header Connection "";');
  });
  it("can leave nginx's Connection: close in, and pass requests on without an upstream block", () => {
    const left = conf({ upstreamHttp: '1.1', upstreamKeepalive: 32, upstreamConnection: 'default' });
    expect(left).toContain('    keepalive 32;');
    expect(left).not.toContain('proxy_set_header');
    const direct = conf({ upstreamDirect: true });
    expect(direct).toContain('proxy_pass http://198.18.1.102:8080;');
    expect(direct).not.toContain('upstream next');
  });
  it('listens and passes requests on over IPv6', () => {
    const upstreams = [{ address: '2001:2:0:2::102', port: 8080 }];
    const text = nginxConf({ ...NginxParameters.parse({}), ports: [80], upstreams, family: 6 });
    expect(text).toContain('listen [::]:80 ');
    expect(text).toContain('server [2001:2:0:2::102]:8080 max_fails=0;');
  });
  it('rejects unknown and invalid parameters', () => {
    const fields = (parameters: Record<string, number | string | boolean>) =>
      nginxTraits.issues(spec('nginx', parameters)).map((one) => one.field);
    expect(fields({ status: 500, keepaliveRequests: 0, gzip: 1 })).toEqual([
      'parameters.gzip',
      'parameters.status',
      'parameters.keepaliveRequests',
    ]);
    expect(fields({ upstreamDirect: true, upstreamKeepalive: 2 })).toEqual(['parameters.upstreamKeepalive']);
  });
});

describe('haproxy', () => {
  const cfg = (parameters: object, ipFamily: 4 | 6 = 4, upstreams = [web]) =>
    haproxyCfg({ ...HaproxyParameters.parse(parameters), ports: [8080, 8081], upstreams, family: ipFamily });

  it.each([
    ['keep-alive', 'option http-keep-alive', 'mode http'],
    ['server-close', 'option http-server-close', 'mode http'],
    ['httpclose', 'option httpclose', 'mode http'],
    ['tunnel', 'default_backend out', 'mode tcp'],
  ])('has the mode %s', (mode, ...lines) => {
    const text = cfg({ mode });
    for (const line of [...lines, 'bind :8080 ', 'bind :8081 ', 'server next1 198.18.1.102:8080\n']) {
      expect(text).toContain(line);
    }
    expect(text.includes('http-reuse')).toBe(mode !== 'tunnel');
  });
  it('sets the options of the side of its servers', () => {
    const text = cfg({ nolinger: true, pretendKeepAlive: true, sourcePorts: '1024-2047', reuse: 'always', retries: 0 });
    for (const line of ['option nolinger', 'http-pretend-keepalive', 'http-reuse always', 'retries 0']) {
      expect(text).toContain(line);
    }
    expect(text).toContain('server next1 198.18.1.102:8080 source 198.18.1.2:1024-2047\n');
  });
  it('listens and passes requests on over IPv6', () => {
    const text = cfg({ sourcePorts: '1024-2047' }, 6, [
      { address: '2001:2:0:2::102', port: 8080, sourceAddress: '2001:2:0:2::2' },
    ]);
    expect(text).toContain('bind [::]:8080 ');
    expect(text).toContain('server next1 [2001:2:0:2::102]:8080 source [2001:2:0:2::2]:1024-2047\n');
  });
  it('rejects invalid parameters, and a proxy without a next hop', () => {
    const fields = (parameters: Record<string, number | string | boolean>, upstream?: string[]) =>
      haproxyTraits
        .issues(ServerSpec.parse({ server: 'haproxy', parameters, ...(upstream && { upstream }) }))
        .map((one) => one.field);
    expect(fields({})).toEqual(['upstream']);
    expect(fields({ mode: 'forceclose', sourcePorts: '9-1' }, ['web'])).toEqual([
      'parameters.mode',
      'parameters.sourcePorts',
    ]);
  });
});
