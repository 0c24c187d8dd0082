import type { CellPlan } from '../model/cell.ts';

/**
 * Notes on a plan before it runs, one per line: settings without effect, scaled ranges, cells that will be skipped and
 * why. Cells with the same note share a line.
 */
export function planNotes(cells: readonly CellPlan[]): string[] {
  const notes = new Map<string, Set<string>>();
  const add = (text: string, cell: CellPlan) => {
    const name = [cell.scenario.name, cell.variant, cell.profile].filter((part) => part !== undefined).join('/');
    notes.set(text, (notes.get(text) ?? new Set()).add(name));
  };
  for (const cell of cells) {
    for (const note of cell.notes ?? []) add(`note: ${note}`, cell);
    if (cell.skip === undefined) continue;
    const { reason, hint } = cell.skip;
    add(`skipped: ${reason}${hint === undefined ? '' : `; ${hint}`}`, cell);
  }
  const all = new Set(cells.map((cell) => cell.id.replace(/\/\d+$/, ''))).size;
  return [...notes].map(([text, names]) => {
    if (names.size === all) return text;
    const shown = [...names].slice(0, 4).join(', ');
    return `${text} (${shown}${names.size > 4 ? `, and ${names.size - 4} more` : ''})`;
  });
}
