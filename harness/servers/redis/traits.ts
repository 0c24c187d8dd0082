import * as z from 'zod';
import { parameterIssues } from '../../model/parameters.ts';
import type { ServerTraits } from '../server.ts';

export const redisTraits: ServerTraits = {
  name: 'redis',
  requires: ['redis'],
  issues: (spec) => parameterIssues('redis', z.strictObject({}), spec.parameters),
  facts: () => ({ requestLimit: null, closesAfterClient: true, cpu: { redis: 1 } }),
};
