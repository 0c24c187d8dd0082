import { type ExitCode, exitCode } from '../model/errors.ts';
import type { KernelColumn } from '../model/kernels-record.ts';
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

/**
 * Exit code of `kernels`: a column that failed takes precedence, then the worst of the runs' own exit codes. A column in
 * which everything was skipped does not matter if another was measured.
 */
export function exitCodeOfKernels(columns: readonly KernelColumn[], fail: boolean): ExitCode {
  const codes = columns.map((column) => column.exitCode);
  if (columns.length === 0 || columns.some(({ state }) => state === 'failed')) return exitCode.cellFailed;
  if (codes.includes(exitCode.cellFailed)) return exitCode.cellFailed;
  if (codes.every((code) => code === exitCode.unavailable)) return exitCode.unavailable;
  return fail && codes.includes(exitCode.notHeld) ? exitCode.notHeld : exitCode.ok;
}
