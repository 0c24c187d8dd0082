import { exitCode, HarnessError } from '../model/errors.ts';
import type { Scenario } from '../model/scenario.ts';
import type { RuntimeName } from '../model/vocabulary.ts';
import { missingComponents, missingText } from '../plan/requirements.ts';

/**
 * A run of which not one cell could start is refused at once, with the line that installs what is missing;
 * where some can, the others are skipped with that line (plan/plan.ts). Errors: MISSING_PROGRAM (exit code 3).
 */
export function needInstalled(
  scenarios: readonly Scenario[],
  present: ReadonlySet<string> | null,
  runtime?: RuntimeName,
): void {
  if (present === null) return;
  const missing = scenarios.map((scenario) => missingComponents(scenario, present, runtime));
  const all = missing.flatMap((one) => one?.requirements ?? []);
  if (all.length === 0 || missing.includes(null)) return;
  const { reason, hint } = missingText([...new Set(all)], runtime);
  throw new HarnessError('MISSING_PROGRAM', reason, { exitCode: exitCode.unavailable, hint });
}
