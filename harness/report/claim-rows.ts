import { evaluateExpression, parseExpression } from '../expression/expression.ts';
import { withUnit } from '../model/figure.ts';
import { readMetric, unitOf } from '../model/metrics.ts';
import { type CellReport, isMeasured, type MeasuredCell } from '../model/report.ts';
import { type Claim, type Scenario, withMetrics } from '../model/scenario.ts';

export type ClaimResult = 'confirmed' | 'not confirmed' | 'contradicted' | 'not measured';

/** Reports from the field next to this run, as text: a header and rows of the same length. */
export interface ClaimRows {
  header: string[];
  rows: string[][];
}

export function claimRows({ claims }: Pick<Scenario, 'claims'>, cells: readonly CellReport[]): ClaimRows {
  const measured = cells.filter(isMeasured);
  return {
    header: ['reported in', 'what they saw', 'here', 'result', 'why'],
    rows: claims.map((claim) => [
      claim.source,
      claim.saw,
      oursText(claim, measured),
      resultOf(claim, measured),
      claim.why,
    ]),
  };
}

/** Decided by every measured cell that the claim is about. */
export function resultOf(claim: Claim, measured: readonly MeasuredCell[]): ClaimResult {
  const about = cellsOf(claim, measured);
  if (about.length === 0) return 'not measured';
  const holds = (text: string) => about.every((cell) => holdsIn(text, cell, baselinesOf(claim, cell, measured)));
  if (holds(claim.confirmed)) return 'confirmed';
  return claim.contradicted !== undefined && holds(claim.contradicted) ? 'contradicted' : 'not confirmed';
}

function cellsOf({ variant, profile }: Claim, measured: readonly MeasuredCell[]): MeasuredCell[] {
  return measured.filter(
    (cell) =>
      (variant === undefined || cell.variant === variant) && (profile === undefined || cell.profile === profile),
  );
}

function baselinesOf({ against }: Claim, { profile }: MeasuredCell, measured: readonly MeasuredCell[]): MeasuredCell[] {
  return against === undefined ? [] : measured.filter((cell) => cell.variant === against && cell.profile === profile);
}

function holdsIn(text: string, cell: MeasuredCell, baselines: readonly MeasuredCell[]): boolean {
  const parsed = parseExpression(text);
  return parsed.ok && evaluateExpression(parsed.expression, cell, baselines).holds;
}

/** The figures of the first of the cells. */
function oursText(claim: Claim, measured: readonly MeasuredCell[]): string {
  const [cell] = cellsOf(claim, measured);
  if (cell === undefined) return '—';
  const [base] = baselinesOf(claim, cell, measured);
  return withMetrics(claim.ours, (name, isAgainst) => {
    const of = isAgainst ? base : cell;
    const value = of === undefined ? null : readMetric(of, name);
    return typeof value === 'number' ? withUnit(value, unitOf(name)) : String(value ?? 'not read');
  });
}
