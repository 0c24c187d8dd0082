import * as z from 'zod';
import { parameterIssues } from '../../model/parameters.ts';
import type { ServerTraits } from '../server.ts';

const ms = z.number().min(0).optional().describe('milliseconds, 0 or more');

/** Flags of docker/go-client/http_server.go; Go's defaults apply to omitted ones. */
export const GoHttpParameters = z.strictObject({
  bytes: z.int().min(0).optional().describe('size of an answer in bytes, 0 or more'),
  idleTimeoutMs: ms,
  keepAlive: z.boolean().optional().describe('true or false'),
  delayMs: ms,
  maxIdle: z.int().min(0).optional().describe('idle connections in the database pool, 0 or more'),
  restartAfterMs: ms,
  /** Between closing the listener and the first attempt to listen again, as a program takes to start. */
  restartTakesMs: ms,
  reuseAddr: z.boolean().optional().describe('true or false'),
  retryMs: ms,
});
export type GoHttpParameters = z.infer<typeof GoHttpParameters>;

export const goHttpTraits: ServerTraits = {
  name: 'go-http',
  requires: ['go'],
  issues: (spec) => parameterIssues('go-http', GoHttpParameters, spec.parameters),
  facts: (spec) => ({
    requestLimit: spec.parameters.keepAlive === false ? 1 : null,
    closesAfterClient: true,
    cpu: { 'go-http': 'all', 'go-http-thread': 'busiest-thread' },
  }),
};
