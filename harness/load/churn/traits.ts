import * as z from 'zod';
import { closePolicies } from '../../model/vocabulary.ts';
import type { EngineTraits } from '../engine.ts';
import { loadParameterIssues } from '../parameters.ts';
import { conversationNames, methods } from './conversation.ts';

export const ChurnParameters = z.strictObject({
  conversation: z
    .enum(conversationNames)
    .default('http')
    .describe(`one of ${conversationNames.join(', ')}`),
  method: z.enum(methods).default('GET').describe('GET or HEAD; only for the conversation http'),
  transport: z.enum(['auto', 'tcp-handle', 'net-socket']).default('auto').describe('auto, tcp-handle or net-socket'),
});

/** Name of a load thread in CPU readings, counted from 0. */
export function threadName(index: number): string {
  return `load-${index + 1}`;
}

/** Node has no setsockopt(2). */
const noPortIssue = {
  field: 'load.bindNoPort',
  message: 'churn cannot set IP_BIND_ADDRESS_NO_PORT',
  hint: 'false, or a program that sets it (go-client http-client --bind-no-port)',
};

/** The reference for short connections: our own client, every close policy, open and closed loop. */
export const churnTraits: EngineTraits = {
  name: 'churn',
  closePolicies,
  requires: () => [],
  issues: (load) => [...loadParameterIssues('churn', ChurnParameters, load), ...(load.bindNoPort ? [noPortIssue] : [])],
  facts: ({ threads }) => ({
    keepsPolicy: true,
    paced: true,
    sees: ['attempts', 'connections', 'answers', 'errnos'],
    cpu: Object.fromEntries(Array.from({ length: threads }, (_, index) => [threadName(index), 1 as const])),
  }),
};
