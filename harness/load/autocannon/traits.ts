import * as z from 'zod';
import type { EngineTraits } from '../engine.ts';
import { loadParameterIssues } from '../parameters.ts';

/**
 * autocannon for persistent connections. Short connections are rejected: with reconnectRate 1 it counts no answers,
 * and with `Connection: close` it writes to the closing socket, so that the server's RST leaves no TIME_WAIT.
 */
export const autocannonTraits: EngineTraits = {
  name: 'autocannon',
  closePolicies: ['client-fin'],
  requires: () => [],
  issues(load) {
    const issues = loadParameterIssues('autocannon', z.strictObject({}), load);
    if (load.requestsPerConnection === 0) return issues;
    return [
      ...issues,
      {
        field: 'load.engine',
        message: `autocannon cannot count ${load.requestsPerConnection} request(s) per connection correctly`,
        hint: "use --engine churn for short connections, or the scenario 'keep-alive' with autocannon",
      },
    ];
  },
  facts: () => ({
    keepsPolicy: false,
    paced: false,
    followsRate: true,
    sees: ['answers', 'errnos'],
    cpu: { autocannon: 'threads' },
  }),
};
