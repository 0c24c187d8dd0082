import { type ExitCode, exitCode } from '../model/errors.ts';
import type { Report } from '../model/report.ts';

/**
 * A finished run's exit code. A cell that failed or is invalid goes before the rest; then a run of which nothing was
 * measured, because this machine lacks what every cell needs; then expectations and gates that do not hold.
 */
export function exitCodeOf({ cells, gates = [] }: Pick<Report, 'cells' | 'gates'>): ExitCode {
  const verdicts = cells.map((cell) => cell.verdict);
  if (verdicts.includes('failed') || verdicts.includes('invalid')) return exitCode.cellFailed;
  if (verdicts.every((verdict) => verdict === 'skipped')) return exitCode.unavailable;
  const missed = cells.some((cell) => 'expectations' in cell && cell.expectations.some((one) => !one.holds));
  return missed || gates.some((gate) => gate.state === 'broken') ? exitCode.notHeld : exitCode.ok;
}
