import * as z from 'zod';
import { parameterIssues } from '../../model/parameters.ts';
import type { ServerTraits } from '../server.ts';

/**
 * How haproxy treats the connection to the server after an answer: each mode is the option of the same name, `tunnel` is
 * `mode tcp` (`option http-tunnel` was removed in 2.1).
 */
export const haproxyModes = ['keep-alive', 'server-close', 'httpclose', 'tunnel'] as const;

const range = /^(\d{1,5})-(\d{1,5})$/;

export const HaproxyParameters = z.strictObject({
  mode: z.enum(haproxyModes).default('keep-alive').describe(haproxyModes.join(', ')),
  /** http-reuse: whether a client's first request may use a connection that another client left idle. */
  reuse: z
    .enum(['never', 'safe', 'aggressive', 'always'])
    .default('safe')
    .describe('never, safe, aggressive or always'),
  /** option http-pretend-keepalive: no Connection: close to the server, so that haproxy closes first. */
  pretendKeepAlive: z.boolean().default(false).describe('true or false'),
  /** option nolinger at the servers: connections end with RST. */
  nolinger: z.boolean().default(false).describe('true or false'),
  /** Port range of `source ADDRESS:LOW-HIGH`: haproxy chooses the port and binds it. Absent: connect() chooses. */
  sourcePorts: z
    .string()
    .regex(range)
    .refine((text) => {
      const [, low, high] = range.exec(text) ?? [];
      return Number(low) >= 1 && Number(low) <= Number(high) && Number(high) <= 65_535;
    })
    .optional()
    .describe('LOW-HIGH, for example 32768-33767'),
  /** retries: further attempts after a connect() that failed. */
  retries: z.int().min(0).max(100).default(3).describe('0 to 100'),
});
export type HaproxyParameters = z.infer<typeof HaproxyParameters>;

export const haproxyTraits: ServerTraits = {
  name: 'haproxy',
  requires: ['haproxy'],
  issues(spec) {
    const wrong = parameterIssues('haproxy', HaproxyParameters, spec.parameters);
    if (spec.upstream !== undefined && spec.upstream.length > 0) return wrong;
    return [
      ...wrong,
      { field: 'upstream', message: 'is missing: haproxy only passes requests on', hint: 'name a role' },
    ];
  },
  facts: (spec) => ({
    requestLimit: HaproxyParameters.parse(spec.parameters).mode === 'httpclose' ? 1 : null,
    closesAfterClient: true,
    // One process with one thread (config.ts).
    cpu: { haproxy: 1, 'haproxy-kernel': 'kernel-part' },
  }),
};
