import { type CellReport, isMeasured, type Report } from '../../harness/model/report.ts';
import type { Verdict } from '../../harness/model/vocabulary.ts';
import type { Round } from './choose.ts';

/** What a fault did to a cell; `null` where it came too late, or there was none. */
export interface Strike {
  cell: string;
  /** `client: SIGSTOP of its agent`. */
  what: string;
  /** It ended a peer before the load had ended: the cell cannot be measured. */
  isFatal: boolean;
}

export interface RoundOutcome {
  report: Report;
  strike: Strike | null;
}

export interface Judgement {
  measured: number;
  /** Cells that a fault did not touch, and whose expectations do not hold: to be repeated alone. */
  unmet: string[];
  /** What can have no excuse. */
  wrong: string[];
}

/** Compares a round with what it must have: a pure function of its report. */
export function judge({ free }: Round, { report, strike }: RoundOutcome): Judgement {
  const judgement: Judgement = { measured: 0, unmet: [], wrong: [] };
  for (const cell of report.cells) {
    const isHit = strike?.cell === cell.id;
    const wrong = wrongIn(cell, isHit ? strike : null, report.run.interrupted);
    judgement.wrong.push(...wrong.map((text) => `${cell.id}: ${text}`));
    if (!isMeasured(cell)) continue;
    judgement.measured++;
    if (isHit) continue;
    const unmet = cell.expectations.filter(({ holds }) => !holds).map(({ text, observed }) => `${text}: ${observed}`);
    if (cell.verdict === 'invalid') unmet.push(`invalid: ${cell.reason ?? ''}`);
    // The catalogue's expectations are about its own loads.
    const ofOwn = free === undefined ? unmet : unmetOfFree(cell.verdict, free.verdicts);
    judgement.unmet.push(...ofOwn.map((text) => `${cell.id}: ${text}`));
  }
  return judgement;
}

function wrongIn(cell: CellReport, strike: Strike | null, interrupted: boolean): string[] {
  if (cell.verdict === 'skipped') return [];
  if (cell.verdict === 'failed') {
    if (cell.reason === '') return ['failed without a reason'];
    return strike !== null || (interrupted && cell.interrupted) ? [] : [`failed untouched: ${cell.reason}`];
  }
  const wrong: string[] = [];
  if (strike?.isFatal) wrong.push(`measured after ${strike.what}`);
  if (cell.verdict !== 'invalid' && !cell.ledger.closes) wrong.push('valid, and its ledger does not balance');
  return wrong;
}

function unmetOfFree(verdict: Verdict, expected: readonly Verdict[]): string[] {
  return expected.includes(verdict) ? [] : [`verdict ${verdict}; by arithmetic ${expected.join(' or ')}`];
}
