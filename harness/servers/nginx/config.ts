import { endpointText, type Family } from '../../model/address.ts';
import type { NginxParameters } from './traits.ts';

/** The nginx settings that the lab controls. */
export interface NginxOptions extends NginxParameters {
  ports: readonly number[];
  family: Family;
  /** Servers to which requests are proxied; none: nginx answers itself. */
  upstreams: readonly { address: string; port: number }[];
}

/** One process, no files, no logs, so that an answer costs little more than its connection. */
export function nginxConf(options: NginxOptions): string {
  const listens = options.ports.map(
    (port) => `    listen ${options.family === 6 ? `[::]:${port}` : port} backlog=4096;`,
  );
  const answer = options.status === 200 ? 'return 200 "ok\\n";' : 'return 404 "not found\\n";';
  const location = options.upstreams.length === 0 ? answer : passOn(options);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${name};`);
  return `daemon off;
# One process that is master and worker in one: it needs no right to become another user.
master_process off;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 16384; }
http {
  access_log off;
${temporary.join('\n')}
${upstreamBlock(options)}  keepalive_requests ${options.keepaliveRequests};
  keepalive_timeout ${options.keepaliveTimeoutSec}s;
  server {
${listens.join('\n')}
    default_type text/plain;
    location / { ${location} }
  }
}
`;
}

function upstreamBlock({ upstreams, upstreamKeepalive, upstreamDirect }: NginxOptions): string {
  if (upstreams.length === 0 || upstreamDirect) return '';
  // max_fails=0: port exhaustion must not look like a server that is down.
  const servers = upstreams.map((next) => `    server ${endpointText(next)} max_fails=0;`);
  const keepalive = upstreamKeepalive > 0 ? `    keepalive ${upstreamKeepalive};\n` : '';
  return `  upstream next {\n${servers.join('\n')}\n${keepalive}  }\n`;
}

function passOn({ upstreams, upstreamHttp, upstreamConnection, upstreamDirect }: NginxOptions): string {
  const [first] = upstreams;
  const next = upstreamDirect && first !== undefined ? endpointText(first) : 'next';
  // 1.1 without a Connection header means keep-alive; the pool decides whether the connection is reused.
  const header = keepsAlive({ upstreamHttp, upstreamConnection }) ? ' proxy_set_header Connection "";' : '';
  return `proxy_pass http://${next}; proxy_http_version ${upstreamHttp};${header} proxy_next_upstream off;`;
}

/** Whether nginx asks its upstreams to keep the connection: HTTP/1.0 asks to close, and so does its default header. */
function keepsAlive(options: Pick<NginxOptions, 'upstreamHttp' | 'upstreamConnection'>): boolean {
  return options.upstreamHttp === '1.1' && options.upstreamConnection === 'cleared';
}

export function closesText(options: NginxOptions): string {
  const { keepaliveRequests, keepaliveTimeoutSec, upstreams, upstreamKeepalive } = options;
  const own =
    keepaliveTimeoutSec === 0
      ? 'closes after every answer'
      : `closes after ${keepaliveRequests} requests, or after ${keepaliveTimeoutSec} s without one`;
  if (upstreams.length === 0) return own;
  if (upstreamKeepalive > 0 && keepsAlive(options))
    return `${own}; keeps ${upstreamKeepalive} idle connections to its upstreams`;
  const asks = keepsAlive(options) ? 'closes upstream connections after every answer' : 'asks its upstreams to close';
  return `${own}; ${asks}`;
}
