import * as z from 'zod';
import { parameterIssues } from '../../model/parameters.ts';
import type { ServerTraits } from '../server.ts';

export const TomcatParameters = z.strictObject({
  /** Requests on a connection before Tomcat closes it. */
  maxKeepAliveRequests: z
    .int()
    .min(-1)
    .refine((limit) => limit !== 0)
    .default(100)
    .describe('1 (no keep-alive), -1 (no limit), or a number of requests; 100 by default'),
});

export const tomcatTraits: ServerTraits = {
  name: 'tomcat',
  requires: ['tomcat'],
  issues: (spec) => parameterIssues('tomcat', TomcatParameters, spec.parameters),
  facts(spec) {
    const { maxKeepAliveRequests: limit } = TomcatParameters.parse(spec.parameters);
    return {
      requestLimit: limit === -1 ? null : limit,
      closesAfterClient: true,
      cpu: { tomcat: 'all', 'tomcat-thread': 'busiest-thread' },
    };
  },
};
