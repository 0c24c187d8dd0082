import * as z from 'zod';
import { closePolicies } from '../../model/vocabulary.ts';
import type { EngineTraits } from '../engine.ts';
import { loadParameterIssues } from '../parameters.ts';

/** A load made by a client image in this peer's network namespace (`--client-image`). */
export const outsideTraits: EngineTraits = {
  name: 'outside',
  closePolicies,
  requires: () => [],
  issues(load) {
    const issues = loadParameterIssues('outside', z.strictObject({}), load);
    if (load.image !== undefined) return issues;
    const hint = 'add --client-image IMAGE';
    return [...issues, { field: 'load.image', message: 'the engine outside requires a client image', hint }];
  },
  facts: () => ({ keepsPolicy: false, paced: false, sees: [], cpu: {} }),
};
