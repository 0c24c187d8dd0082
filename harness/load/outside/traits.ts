import * as z from 'zod';
import { closePolicies } from '../../model/vocabulary.ts';
import type { EngineTraits } from '../engine.ts';
import { loadParameterIssues } from '../parameters.ts';

/** A load that somebody else makes on this peer's stack (`--client-image`). */
export const outsideTraits: EngineTraits = {
  name: 'outside',
  closePolicies,
  requires: () => [],
  issues(load) {
    const issues = loadParameterIssues('outside', z.strictObject({}), load);
    if (load.image !== undefined) return issues;
    const hint = 'name one with --client-image IMAGE';
    return [...issues, { field: 'load.image', message: 'the engine outside has no image that makes the load', hint }];
  },
  facts: () => ({ keepsPolicy: false, paced: false, sees: [], cpu: {} }),
};
