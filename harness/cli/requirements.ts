import { missingOnMachine } from '../components/table.ts';
import { exitCode, HarnessError } from '../model/errors.ts';
import type { PlanningRuntime } from '../model/runtime.ts';
import type { Scenario } from '../model/scenario.ts';
import { missingComponents } from '../plan/requirements.ts';

/**
 * Refuses a run of which no cell could start, with the command that fixes it; where some can start, the others are
 * skipped with that command (plan/plan.ts). `present` is `null` where the runtime has everything.
 * Errors: MISSING_PROGRAM (exit code 3).
 */
export function needInstalled(
  scenarios: readonly Scenario[],
  present: ReadonlySet<string> | null,
  runtime?: Pick<PlanningRuntime, 'explainMissing'>,
): void {
  if (present === null) return;
  const explain = (names: readonly string[]) => runtime?.explainMissing(names) ?? missingOnMachine(names);
  const missing = scenarios.map((scenario) => missingComponents(scenario, present, explain));
  const all = missing.flatMap((one) => one?.requirements ?? []);
  if (all.length === 0 || missing.includes(null)) return;
  const { reason, hint } = explain([...new Set(all)]);
  throw new HarnessError('MISSING_PROGRAM', reason, {
    exitCode: exitCode.unavailable,
    ...(hint !== undefined && { hint }),
  });
}
