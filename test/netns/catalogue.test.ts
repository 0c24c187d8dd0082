import { beforeAll, expect, it } from 'vitest';
import { probeComponents } from '../../harness/components/probe-components.ts';
import type { CellReport } from '../../harness/model/report.ts';
import { isMeasured } from '../../harness/model/report.ts';
import type { Scenario } from '../../harness/model/scenario.ts';
import { missingComponents } from '../../harness/plan/requirements.ts';
import { variantsOf } from '../../harness/plan/variant.ts';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarios } from '../../scenarios/registry.ts';
import { requireOrSkip } from '../require.ts';
import { runScenario, runScenarios } from '../run-scenario.ts';
import { realStacks } from './stack.ts';

/*
 * The whole catalogue in its quick form, as one run of parallel cells. A scenario that was disturbed there is run again
 * alone, where it must hold.
 */

const runtime = realStacks();
const present = probeComponents();
/** What any variant lacks; `null`: nothing. */
const missingFor = (scenario: Scenario) =>
  variantsOf(scenario)
    .map((variant) => missingComponents(variant, present))
    .find((missing) => missing !== null) ?? null;
const runnable = scenarios.filter((scenario) => missingFor(scenario) === null);
let cells: CellReport[] = [];

/** The kernel lacks a setting, and its profile says so. */
const isExpectedSkip = ({ profile, reason }: { profile: string; reason: string }) =>
  profiles.some(({ name, skipReason }) => name === profile && skipReason === reason);

/** What is wrong with a scenario's cells, one per line. */
function faults(of: readonly CellReport[]): string[] {
  return of.flatMap((cell) => {
    if (cell.verdict === 'skipped') return isExpectedSkip(cell) ? [] : [`${cell.id} skipped: ${cell.reason}`];
    if (!isMeasured(cell)) return [`${cell.id} failed: ${cell.reason}`];
    const broken = cell.expectations.filter((one) => !one.holds).map((one) => `${one.text}: ${one.observed}`);
    if (cell.verdict === 'invalid') broken.push(cell.reason ?? 'invalid');
    return broken.map((line) => `${cell.id} ${line}`);
  });
}

beforeAll(async () => {
  const { available } = await runtime.availability();
  if (available) cells = (await runScenarios(runtime, runnable, { parallel: 'auto' })).report.cells;
}, 1_200_000);

it.for(scenarios)(
  '$name holds what it expects, and its counts add up',
  { timeout: 300_000 },
  async (scenario, context) => {
    const missing = missingFor(scenario);
    requireOrSkip('components', missing === null ? null : `${missing.reason}; ${missing.hint}`, context);
    let own = cells.filter((cell) => cell.scenario === scenario.name);
    expect(own.length).toBeGreaterThan(0);
    if (faults(own).length > 0) own = (await runScenario(runtime, scenario, {})).report.cells;
    expect(faults(own)).toEqual([]);
  },
);
