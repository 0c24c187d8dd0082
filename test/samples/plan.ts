import type { CellPlan } from '../../harness/model/cell.ts';
import type { Scenario } from '../../harness/model/scenario.ts';
import { plan } from '../../harness/plan/plan.ts';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';

/** The plan of one cell, in quick form under its first profile. */
export function samplePlan(id: string, scenario: Scenario = scenarioNamed('short-conn')): CellPlan {
  const overrides = { sysctls: {} };
  const planned = plan({ scenarios: [scenario], profiles, repetitions: 1, form: 'quick', overrides, settable: null });
  const [cell] = planned.ok ? planned.cells : [];
  if (cell === undefined) throw new Error(`no cell of ${scenario.name}`);
  return { ...cell, id };
}
