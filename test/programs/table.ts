import { markdownTable } from 'markdown-table';
import type { OwnCounts } from './own-counts.ts';
import type { ProgramCase } from './program-case.ts';
import type { CaseResult } from './run-case.ts';
import type { CellResult } from './run-results.ts';

export interface CheckedCase {
  row: ProgramCase;
  result: CaseResult;
  problems: readonly string[];
}

const head = ['program', 'profile', 'ports', 'by its own count', 'verdict', 'exit code', 'cell lasted', 'problems'];

/** What was found, a line a program, as Markdown. */
export function tableOf(checked: readonly CheckedCase[]): string {
  const lines = checked.map(({ row, result, problems }) => [
    row.name,
    row.profile,
    portsIn(result.truth.ranOut),
    result.truth.counts === null ? '' : countsIn(result.truth.counts),
    result.cells.map(verdictIn).join(', '),
    `${result.exitCode ?? 'stopped'}`,
    result.cells.map(({ lastedMs }) => (lastedMs === null ? '' : `${(lastedMs / 1000).toFixed(1)} s`)).join(', '),
    problems.length === 0 ? 'none' : problems.join('; ').replace(/\s+/g, ' ').slice(0, 120),
  ]);
  return `${markdownTable([head, ...lines], { alignDelimiters: false })}\n`;
}

function portsIn(ranOut: boolean | null): string {
  if (ranOut === null) return 'not known';
  return ranOut ? 'ran out' : 'did not run out';
}

function countsIn({ ok, attempts, errors }: OwnCounts): string {
  const failed = Object.entries(errors).filter(([, count]) => count > 0);
  return [`${ok} of ${attempts}`, ...failed.map(([name, count]) => `${count} ${name}`)].join(', ');
}

function verdictIn({ verdict, certainty }: CellResult): string {
  return certainty === null ? verdict : `${verdict} (${certainty})`;
}
