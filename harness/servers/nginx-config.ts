/** What the lab sets of nginx. */
export interface NginxOptions {
  ports: readonly number[];
  status: 200 | 404;
  /** keepalive_requests: answers on a connection before nginx closes it. nginx's default is 1000. */
  keepaliveRequests: number;
  /** keepalive_timeout in s; 0: no keep-alive, nginx closes after every answer. nginx's default is 75. */
  keepaliveTimeoutSec: number;
}

/** One process, no files, no logs: an answer costs little more than its connection. */
export function nginxConf(options: NginxOptions): string {
  const listens = options.ports.map((port) => `    listen ${port} backlog=4096;`);
  const answer = options.status === 200 ? 'return 200 "ok\\n";' : 'return 404 "not found\\n";';
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
  keepalive_requests ${options.keepaliveRequests};
  keepalive_timeout ${options.keepaliveTimeoutSec}s;
  server {
${listens.join('\n')}
    default_type text/plain;
    location / { ${answer} }
  }
}
`;
}

/** `nginx -v` prints `nginx version: nginx/1.22.1` on stderr. */
export function nginxVersion(text: string): string | null {
  return /nginx version: (\S+)/.exec(text)?.[1] ?? null;
}

export function closesInWords({ keepaliveRequests, keepaliveTimeoutSec }: NginxOptions): string {
  if (keepaliveTimeoutSec === 0) return 'closes after every answer';
  return `closes after ${keepaliveRequests} requests, or after ${keepaliveTimeoutSec} s without one`;
}
