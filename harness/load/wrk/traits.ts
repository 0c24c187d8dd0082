import * as z from 'zod';
import type { EngineTraits } from '../engine.ts';
import { loadParameterIssues } from '../parameters.ts';

/** The wrk program: closed loop, keep-alive, closes a connection when the server does. */
export const wrkTraits: EngineTraits = {
  name: 'wrk',
  closePolicies: ['server-fin'],
  requires: () => ['wrk'],
  issues(load) {
    const issues = loadParameterIssues('wrk', z.strictObject({}), load);
    const object = (field: string, message: string, hint: string) => issues.push({ field, message, hint });
    if (load.arrival.loop !== 'closed') {
      object('load.arrival', 'wrk has no arrival rate', 'use a closed loop (--rate max), or --engine churn');
    } else if (load.arrival.concurrency < load.threads) {
      object('load.arrival.concurrency', 'wrk needs at least one connection per thread', `${load.threads} or more`);
    }
    if (load.requestsPerConnection !== 0) {
      object('load.requestsPerConnection', 'with wrk the server decides when a connection ends', '0');
    }
    if (load.durationMs % 1000 !== 0)
      object('load.durationMs', 'wrk supports only whole seconds', 'a multiple of 1000');
    if (load.maxAttempts !== undefined) object('load.maxAttempts', 'wrk can only be limited by time', 'omit it');
    if (load.bindAddresses !== 0)
      object('load.bindAddresses', 'wrk cannot bind source addresses', '0, or --engine churn');
    return issues;
  },
  facts: () => ({ keepsPolicy: false, paced: false, sees: ['answers'], cpu: { wrk: 'threads' } }),
};
