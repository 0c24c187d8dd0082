import * as z from 'zod';
import { parameterIssues } from '../../model/parameters.ts';
import type { ServerTraits } from '../server.ts';

export const imageTraits: ServerTraits = {
  name: 'image',
  requires: [],
  issues: (spec) => parameterIssues('image', z.strictObject({}), spec.parameters),
  facts: () => ({ requestLimit: null, closesAfterClient: null, cpu: {} }),
};
