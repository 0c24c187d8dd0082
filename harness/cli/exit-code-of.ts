import { type ExitCode, exitCode } from '../model/errors.ts';
import type { Report } from '../model/report.ts';

/**
 * A finished run's exit code. A failed or invalid cell takes precedence; then a run in which every cell was skipped
 * because this machine lacks something; then expectations and gates that do not hold.
 */
export function exitCodeOf({ cells, gates = [] }: Pick<Report, 'cells' | 'gates'>): ExitCode {
  const verdicts = cells.map((cell) => cell.verdict);
  if (verdicts.includes('failed') || verdicts.includes('invalid')) return exitCode.cellFailed;
  if (verdicts.every((verdict) => verdict === 'skipped')) return exitCode.unavailable;
  const missed = cells.some((cell) => 'expectations' in cell && cell.expectations.some((one) => !one.holds));
  return missed || gates.some((gate) => gate.state === 'broken') ? exitCode.notHeld : exitCode.ok;
}
