import type { ProgramCase } from './program-case.ts';
import type { CaseResult } from './run-case.ts';

/** Longest time from the end of the load to the end of the cell. */
const afterLoadMs = 3000;

/** Where the lab and the program contradict each other, in sentences; none: they agree. */
export function problemsOf(row: ProgramCase, result: CaseResult): string[] {
  const { truth, cells, exitCode, processesLeft } = result;
  const problems: string[] = [];
  // A row whose truth is not known may end before its program writes anything.
  if (truth.ranOut === null && row.ranOut !== 'unknown') problems.push('the program left no readable log');
  if (row.ranOut !== 'unknown' && truth.ranOut !== null && truth.ranOut !== row.ranOut) {
    problems.push(
      `ports ${truth.ranOut ? 'ran out' : 'did not run out'} under the program: this row expects otherwise`,
    );
  }
  if (exitCode === null) problems.push('the command did not end by itself');
  if (cells.length === 0) problems.push('the command wrote no report');
  for (const { id, verdict, certainty, portless, reason, lastedMs } of cells) {
    const said = `${id} is ${[verdict, certainty, reason].filter((part) => part !== null).join(', ')}`;
    const mayBe = row.verdicts as readonly string[] | undefined;
    if (truth.ranOut === true && verdict === 'healthy') problems.push(`${said}: ports ran out`);
    else if (truth.ranOut === false && verdict === 'exhausted')
      problems.push(`${said}: no call failed with EADDRNOTAVAIL`);
    else if (verdict === 'invalid') problems.push(`${said}: nothing but the program was at work`);
    else if (mayBe?.includes(verdict) === false) problems.push(`${said}: ${mayBe.join(' or ')} is right`);
    else if (row.never.some((one) => one === verdict)) problems.push(`${said}: that is never right here`);
    const own = (truth.counts?.errors.EADDRNOTAVAIL ?? 0) + (truth.counts?.errors.EADDRINUSE ?? 0);
    const counted = own * row.triesPerAttempt;
    if (row.traced && truth.counts !== null && (portless ?? 0) !== counted) {
      problems.push(`${id}: the trace counts ${portless ?? 0} calls without a port, the program ${counted}`);
    }
    if (lastedMs !== null && lastedMs > row.seconds * 1000 + afterLoadMs) {
      problems.push(`${id} lasted ${Math.round(lastedMs)} ms for a load of ${row.seconds} s`);
    }
  }
  for (const process of processesLeft) problems.push(`process left: ${process}`);
  return problems;
}
