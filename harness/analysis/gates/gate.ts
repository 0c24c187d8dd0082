import { surelyFails } from '../../expression/evaluate.ts';
import { evaluateExpression, expressionIssues, parseExpression } from '../../expression/expression.ts';
import { causeText, type ValidationIssue, validationError } from '../../model/errors.ts';
import { Gate, type GateResult, GatesFile } from '../../model/gates.ts';
import type { CellReport, MeasuredCell } from '../../model/report.ts';
import { parseYaml } from '../../model/yaml.ts';
import { zodIssues } from '../../model/zod-issues.ts';

const gateFields = [...Object.keys(GatesFile.shape), ...Object.keys(Gate.shape)];

/** Reads a gates file (YAML or JSON). Throws all issues at once: form, syntax, unknown metrics. */
export function readGates(text: string, file: string): Gate[] {
  let content: unknown;
  try {
    content = parseYaml(text);
  } catch (error) {
    throw validationError([
      { field: file, message: `not YAML: ${causeText(error)}`, hint: 'docs/report.md has an example' },
    ]);
  }
  const parsed = GatesFile.safeParse(content);
  if (!parsed.success) throw validationError(zodIssues(parsed.error, file, ': ', gateFields));
  const issues = gateIssues(parsed.data.gates, file);
  if (issues.length > 0) throw validationError(issues);
  return parsed.data.gates;
}

/** Issues of gates that do not depend on the cells. */
export function gateIssues(gates: readonly Gate[], field: string): ValidationIssue[] {
  return gates.flatMap((gate, i) => expressionIssues(gate.holds, `${field}: gates[${i}].holds`));
}

/**
 * Every gate in every cell it is for. `baselineOf`: the cells whose median `baseline` stands for. A cell that failed
 * or whose ledger does not balance breaks its gates; in a skipped cell they are skipped.
 */
export function checkGates(
  gates: readonly Gate[],
  cells: readonly CellReport[],
  baselineOf: (cell: CellReport) => readonly CellReport[],
): GateResult[] {
  return gates.flatMap((gate) => {
    const parsed = parseExpression(gate.holds);
    return cells
      .filter((cell) => gateIsFor(gate, cell))
      .map((cell) => {
        const { id, scenario, profile } = cell;
        const head = { gate: gateText(gate), cell: id, scenario, profile };
        if (cell.verdict === 'skipped') return { ...head, state: 'skipped' as const, observed: cell.reason };
        // Commands reject what cannot be parsed; a journal of another version may still contain it.
        if (!parsed.ok) return { ...head, state: 'broken' as const, observed: parsed.message };
        const { holds, observed } = evaluateExpression(parsed.expression, cell, baselineOf(cell));
        const believable = cell.verdict !== 'failed' && cell.verdict !== 'invalid';
        const why = believable ? '' : `; the cell is ${cell.verdict}`;
        return {
          ...head,
          state: holds && believable ? ('held' as const) : ('broken' as const),
          observed: observed + why,
        };
      });
  });
}

/** Within a run: the cells of the first profile of the same scenario. */
export function firstProfileBaseline(cells: readonly CellReport[]): (cell: CellReport) => CellReport[] {
  return (cell) => {
    const same = cells.filter(
      (c) => c.scenario === cell.scenario && c.variant === cell.variant && c.form === cell.form,
    );
    return same.filter((c) => c.profile === same[0]?.profile);
  };
}

/**
 * Whether what a running cell has shown so far definitely breaks a gate. A figure that was not read yet does not. The
 * runner ends the load once this has been true for `abortAfterMs` without a pause.
 */
export function gateBreached(gate: Gate, partial: MeasuredCell, baseline?: readonly CellReport[]): boolean {
  if (!gateIsFor(gate, partial)) return false;
  const parsed = parseExpression(gate.holds);
  if (!parsed.ok) return false;
  return surelyFails(parsed.expression, partial, baseline);
}

/** One line for each broken gate: `gate broken: <gate> in <cell>: <figures>`. */
export function brokenGateLines(results: readonly GateResult[]): string[] {
  return results
    .filter(({ state }) => state === 'broken')
    .map(({ gate, cell, observed }) => `gate broken: ${gate} in ${cell}: ${observed}`);
}

function gateText(gate: Gate): string {
  return gate.name === undefined ? gate.holds : `${gate.name} (${gate.holds})`;
}

/** Whether a gate is for this cell, by its filters. */
export function gateIsFor(
  gate: Gate,
  cell: Pick<CellReport, 'scenario' | 'profile' | 'form'> & { variant?: string | undefined },
): boolean {
  const among = (names: readonly string[] | undefined, name: string | undefined) =>
    names === undefined || (name !== undefined && names.includes(name));
  return (
    among(gate.scenarios, cell.scenario) &&
    among(gate.profiles, cell.profile) &&
    among(gate.variants, cell.variant) &&
    (gate.form === undefined || gate.form === cell.form)
  );
}
