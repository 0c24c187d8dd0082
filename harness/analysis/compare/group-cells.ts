import type { CellReport } from '../../model/report.ts';
import type { Form } from '../../model/vocabulary.ts';

/** Repetitions of one scenario, variant and form under one profile. */
export interface CellGroup {
  scenario: string;
  variant: string | undefined;
  form: Form;
  profile: string;
  cells: CellReport[];
}

/** Groups cells that differ only in the repetition, in order of first appearance. */
export function groupCells(cells: readonly CellReport[]): CellGroup[] {
  const groups = new Map<string, CellGroup>();
  for (const cell of cells) {
    const key = JSON.stringify([scenarioKey(cell), cell.profile]);
    const group = groups.get(key);
    if (group !== undefined) group.cells.push(cell);
    else {
      const { scenario, variant, form, profile } = cell;
      groups.set(key, { scenario, variant, form, profile, cells: [cell] });
    }
  }
  return [...groups.values()];
}

/** What makes cells comparable with each other: the same scenario, variant and form. */
export function scenarioKey(cell: { scenario: string; variant?: string | undefined; form: string }): string {
  return JSON.stringify([cell.scenario, cell.variant ?? null, cell.form]);
}

/** `short-conn`, `lb-chain (plan-b)`. */
export function scenarioTitle(cell: { scenario: string; variant?: string | undefined }): string {
  return cell.variant === undefined ? cell.scenario : `${cell.scenario} (${cell.variant})`;
}
