import * as z from 'zod';
import { parameterIssues } from '../../model/parameters.ts';
import type { ServerTraits } from '../server.ts';

export const NginxParameters = z.strictObject({
  status: z.literal([200, 404]).default(200).describe('200 or 404'),
  /** keepalive_requests: answers on a connection before nginx closes it. */
  keepaliveRequests: z.int().min(1).default(1000).describe('1 or more'),
  /** keepalive_timeout; 0: nginx closes after every answer. */
  keepaliveTimeoutSec: z.int().min(0).default(75).describe('whole seconds; 0 disables keep-alive'),
  /** proxy_http_version. 1.0 is nginx's default, and sends Connection: close to the upstream. */
  upstreamHttp: z.enum(['1.0', '1.1']).default('1.0').describe("'1.0' or '1.1'"),
  /** keepalive: number of idle connections kept to upstreams; 0 is nginx's default. */
  upstreamKeepalive: z.int().min(0).default(0).describe('0 or more'),
});
export type NginxParameters = z.infer<typeof NginxParameters>;

export const nginxTraits: ServerTraits = {
  name: 'nginx',
  requires: ['nginx'],
  issues: (spec) => parameterIssues('nginx', NginxParameters, spec.parameters),
  facts(spec) {
    const { keepaliveTimeoutSec, keepaliveRequests } = NginxParameters.parse(spec.parameters);
    return {
      requestLimit: keepaliveTimeoutSec === 0 ? 1 : keepaliveRequests,
      closesAfterClient: true,
      // One process, master and worker in one (config.ts).
      cpu: { nginx: 1 },
    };
  },
};
