import { duration } from '../../model/figure.ts';
import type { MeasuredCell } from '../../model/report.ts';
import { tellingLines } from '../../model/telling-lines.ts';
import { endText } from '../witness/exhaustion-report.ts';

/**
 * Why a cell whose program ended early does not measure its load; `null`: it did not end early, or it did because
 * ports ran out, which is the finding itself.
 */
export function brokenProgram({
  exhaustion,
  programs = [],
}: Pick<MeasuredCell, 'exhaustion' | 'programs'>): string | null {
  if (exhaustion?.ranOut === true) return null;
  const broken = programs.find(
    ({ exitCode, signal, endedByLab }) => endedByLab === false && (signal !== null || exitCode !== 0),
  );
  if (broken === undefined) return null;
  const when = broken.endedAtMs === null ? '' : ` after ${duration(Math.max(0, broken.endedAtMs))}`;
  return [`${broken.role}: ${broken.command[0]} ${endText(broken)}${when}`, ...tellingLines(broken.lastLines)].join(
    ' · ',
  );
}
