import { beforeEach } from 'vitest';
import { probeComponents } from '../../harness/components/probe-components.ts';
import type { MeasuredCell } from '../../harness/model/report.ts';
import { isMeasured } from '../../harness/model/report.ts';
import { Scenario } from '../../harness/model/scenario.ts';
import { missingComponents } from '../../harness/plan/requirements.ts';
import { mergeDeep } from '../../harness/plan/variant.ts';
import type { Runtime } from '../../harness/runtime/runtime.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { requireOrSkip } from '../require.ts';
import { runScenario } from '../run-scenario.ts';

/*
 * A scenario is data, so it can be mutated: one thing is changed, its expectations are not. An expectation that holds for
 * the original must fail for the mutant, or it checks nothing.
 */

/** Runs the first cell of a scenario under a profile. */
export const measuredIn =
  (runtime: Runtime) =>
  async (scenario: Scenario, profile: string): Promise<MeasuredCell> => {
    const { report } = await runScenario(runtime, scenario, { profileNames: [profile] });
    const [cell] = report.cells;
    if (cell === undefined || !isMeasured(cell)) throw new Error(`not measured: ${JSON.stringify(cell)}`);
    return cell;
  };

/** Texts of the expectations that do not hold. */
export const broken = (cell: MeasuredCell) => cell.expectations.filter((one) => !one.holds).map((one) => one.text);

/** The scenario with only one of its variants, to which `changes` are applied. */
export function variantOf(name: string, variant: string, changes: object = {}): Scenario {
  const scenario = scenarioNamed(name);
  return { ...scenario, variants: { [variant]: mergeDeep(scenario.variants?.[variant], changes) as object as never } };
}

export const mutated = (name: string, changes: object) => Scenario.parse(mergeDeep(scenarioNamed(name), changes));

/** Skips the tests of a suite where the scenario's components are missing. */
export function needs(scenario: Scenario): void {
  beforeEach((context) => {
    const missing = missingComponents(scenario, probeComponents());
    requireOrSkip('components', missing === null ? null : `${missing.reason}; ${missing.hint}`, context);
  });
}
