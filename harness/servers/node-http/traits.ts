import * as z from 'zod';
import { parameterIssues } from '../../model/parameters.ts';
import type { ServerSpec } from '../../model/scenario.ts';
import type { ServerTraits } from '../server.ts';

const ms = z.number().min(0).default(0).describe('milliseconds, 0 or more');

/** Options of the lab's own server; misbehaviour is never the default. */
export const NodeHttpParameters = z.strictObject({
  status: z.literal([200, 404]).default(200).describe('200 or 404'),
  /** Time between request and answer. */
  delayMs: ms,
  /** Reaction to the client's FIN: close(2), or never closing (CLOSE_WAIT). */
  onClientFin: z.enum(['close', 'leak']).default('close').describe('close or leak'),
  /** Time between the client's FIN and that close, as in a busy server. */
  closeDelayMs: ms,
  /** After the answer: wait for the client, close, or send RST. A request can also ask for a close or RST. */
  afterAnswer: z.enum(['keep', 'close', 'reset']).default('keep').describe('keep, close or reset'),
  /** Closes after this many answers on a connection, like maxKeepAliveRequests; 0: never. */
  maxRequestsPerConnection: z.int().min(0).default(0).describe('a whole number; 0: no limit'),
  /** Closes a connection that has carried an answer and then no request for this long, like Node's keepAliveTimeout; 0: never. */
  keepAliveTimeoutMs: ms,
  /** listen(2) backlog; the kernel caps it at net.core.somaxconn. */
  backlog: z.int().min(1).default(4096).describe('1 or more'),
  transport: z.enum(['auto', 'tcp-handle', 'net-socket']).default('auto').describe('auto, tcp-handle or net-socket'),
});
export type NodeHttpParameters = z.infer<typeof NodeHttpParameters>;

/** Name of its thread in CPU readings. */
export const threadName = 'server';

export const nodeHttpTraits: ServerTraits = {
  name: 'node-http',
  requires: [],
  issues: (spec) => parameterIssues('node-http', NodeHttpParameters, spec.parameters),
  facts(spec: ServerSpec) {
    const { afterAnswer, maxRequestsPerConnection: limit, onClientFin } = NodeHttpParameters.parse(spec.parameters);
    return {
      requestLimit: afterAnswer !== 'keep' ? 1 : limit === 0 ? null : limit,
      closesAfterClient: onClientFin === 'close',
      cpu: { [threadName]: 1 },
    };
  },
};
