import * as z from 'zod';
import { parameterIssues } from '../../model/parameters.ts';
import type { ServerTraits } from '../server.ts';

export const mariadbTraits: ServerTraits = {
  name: 'mariadb',
  requires: ['mariadb'],
  issues: (spec) => parameterIssues('mariadb', z.strictObject({}), spec.parameters),
  facts: () => ({
    requestLimit: null,
    closesAfterClient: true,
    cpu: { mariadb: 'all', 'mariadb-thread': 'busiest-thread' },
  }),
};
