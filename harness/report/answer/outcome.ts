import { brokenGateLines } from '../../analysis/gates/gate.ts';
import { type CellReport, isMeasured, type Report } from '../../model/report.ts';

/** Whether everything that was to hold did, as counts: the last line of a terminal, the chips of the page. */
export interface Outcome {
  /** `fail`: something does not hold, or a cell failed. `none`: no cell was measured. */
  result: 'pass' | 'fail' | 'none';
  checks: Check[];
  /** What does not hold, one line each: the cause first. */
  broken: string[];
}

export interface Check {
  /** `expectations`, `ledgers`, `gates`. */
  name: string;
  held: number;
  /** How many there are; those that were skipped do not count. */
  of: number;
}

/** The outcome of a run. Cells without figures count in `broken` where they failed. */
export function outcomeOf({ cells, gates = [] }: Pick<Report, 'cells' | 'gates'>): Outcome {
  const measured = cells.filter(isMeasured);
  const expected = measured.flatMap((cell) => cell.expectations.map((one) => ({ ...one, cell: cell.id })));
  const asked = gates.filter((gate) => gate.state !== 'skipped');
  const checks = [
    { name: 'expectations', held: expected.filter((one) => one.holds).length, of: expected.length },
    { name: 'ledgers', held: measured.filter((cell) => cell.ledger.closes).length, of: measured.length },
    { name: 'gates', held: asked.filter((gate) => gate.state === 'held').length, of: asked.length },
  ].filter(({ of }) => of > 0);
  const broken = [
    ...cells.flatMap(failure),
    ...measured.filter((cell) => !cell.ledger.closes).map((cell) => `${cell.id}: the ledger does not balance`),
    ...expected.filter((one) => !one.holds).map((one) => `${one.cell}: expected ${one.text}; ${one.observed}`),
    ...brokenGateLines(gates),
  ];
  const result = broken.length > 0 ? 'fail' : measured.length === 0 ? 'none' : 'pass';
  return { result, checks, broken };
}

function failure(cell: CellReport): string[] {
  if (cell.verdict !== 'failed') return [];
  return [[`${cell.id} failed: ${cell.reason}`, ...(cell.hint === undefined ? [] : [cell.hint])].join('; ')];
}

/** `10 of 10 expectations, 4 of 4 ledgers`; empty where nothing was measured. */
export function checksText({ checks }: Outcome): string {
  return checks.map(({ name, held, of }) => `${held} of ${of} ${of === 1 ? name.slice(0, -1) : name}`).join(', ');
}
