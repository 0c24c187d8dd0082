import * as z from 'zod';
import { parameterIssues } from '../../model/parameters.ts';
import type { ServerTraits } from '../server.ts';

/** Name of its thread in CPU readings. */
export const threadName = 'proxy';

export const tcpProxyTraits: ServerTraits = {
  name: 'tcp-proxy',
  requires: [],
  issues(spec) {
    const wrong = parameterIssues('tcp-proxy', z.strictObject({}), spec.parameters);
    if (spec.upstream !== undefined && spec.upstream.length > 0) return wrong;
    return [...wrong, { field: 'upstream', message: 'is missing: a proxy passes connections on', hint: 'name a role' }];
  },
  facts: () => ({ requestLimit: null, closesAfterClient: true, cpu: { [threadName]: 1 } }),
};
