import type { CpuUse, EngineFacts, ServerFacts } from '../../model/load-facts.ts';
import type { LoadSpec, ServerSpec } from '../../model/scenario.ts';

/*
 * Facts of engines and servers for journals written before these were recorded. Nothing is added here: newer journals
 * have their own.
 */

const engines: Readonly<Record<string, EngineFacts>> = {
  autocannon: {
    keepsPolicy: false,
    paced: false,
    followsRate: true,
    sees: ['answers', 'errnos'],
    cpu: { autocannon: 'threads' },
  },
  wrk: { keepsPolicy: false, paced: false, sees: ['answers'], cpu: { wrk: 'threads' } },
};
const program: EngineFacts = { keepsPolicy: false, paced: false, sees: ['attempts', 'answers', 'errnos'], cpu: {} };

export function engineBefore({ engine, threads }: LoadSpec): EngineFacts {
  if (engine !== 'churn') return engines[engine] ?? program;
  const cpu = Object.fromEntries(Array.from({ length: threads }, (_, index) => [`load-${index + 1}`, 1 as const]));
  return { keepsPolicy: true, paced: true, sees: ['attempts', 'connections', 'answers', 'errnos'], cpu };
}

const cpuOfServers: Readonly<Record<string, Record<string, CpuUse>>> = {
  'node-http': { server: 1 },
  nginx: { nginx: 1 },
  redis: { redis: 1 },
  tomcat: { tomcat: 'all', 'tomcat-thread': 'busiest-thread' },
  'go-http': { 'go-http': 'all', 'go-http-thread': 'busiest-thread' },
  mariadb: { mariadb: 'all', 'mariadb-thread': 'busiest-thread' },
};

export function serverBefore(spec: ServerSpec | undefined): ServerFacts {
  const { server = '', parameters = {} } = spec ?? {};
  return {
    requestLimit: requestLimit(server, parameters),
    closesAfterClient: parameters.onClientFin !== 'leak',
    cpu: cpuOfServers[server] ?? {},
  };
}

function requestLimit(server: string, parameters: ServerSpec['parameters']): number | null {
  if (server === 'nginx') {
    return parameters.keepaliveTimeoutSec === 0 ? 1 : Number(parameters.keepaliveRequests ?? 1000);
  }
  const limit = Number(parameters.maxKeepAliveRequests ?? 100);
  return server !== 'tomcat' || limit === -1 ? null : limit;
}
