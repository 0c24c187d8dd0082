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
  /** proxy_set_header Connection: `cleared` lets HTTP/1.1 keep alive; `default` leaves nginx's own `Connection: close` in. */
  upstreamConnection: z.enum(['cleared', 'default']).default('cleared').describe("'cleared' or 'default'"),
  /** proxy_pass to the address of the first upstream, without an upstream block. */
  upstreamDirect: z.boolean().default(false).describe('true or false'),
  /** keepalive: number of idle connections kept to upstreams; 0 is nginx's default. */
  upstreamKeepalive: z.int().min(0).default(0).describe('0 or more'),
});
export type NginxParameters = z.infer<typeof NginxParameters>;

export const nginxTraits: ServerTraits = {
  name: 'nginx',
  requires: ['nginx'],
  issues(spec) {
    const wrong = parameterIssues('nginx', NginxParameters, spec.parameters);
    const { upstreamDirect, upstreamKeepalive = 0 } = spec.parameters;
    if (upstreamDirect !== true || upstreamKeepalive === 0) return wrong;
    const message = 'needs an upstream block, which a direct proxy_pass does not have';
    return [...wrong, { field: 'parameters.upstreamKeepalive', message, hint: '0, or upstreamDirect: false' }];
  },
  facts(spec) {
    const { keepaliveTimeoutSec, keepaliveRequests } = NginxParameters.parse(spec.parameters);
    return {
      requestLimit: keepaliveTimeoutSec === 0 ? 1 : keepaliveRequests,
      closesAfterClient: true,
      // One process, master and worker in one (config.ts).
      cpu: { nginx: 1, 'nginx-kernel': 'kernel-part' },
    };
  },
};
