import { evaluateReadings, parseExpression } from '../../expression/expression.ts';
import { causeText, type ValidationIssue, validationError } from '../../model/errors.ts';
import { type Gate, type GateResult, GatesFile } from '../../model/gates.ts';
import { shortened } from '../../model/nearest.ts';
import type { Observation } from '../../model/observation.ts';
import { observationMetrics, unknownObservationMetric } from '../../model/observation-metrics.ts';
import { parseYaml } from '../../model/yaml.ts';
import { zodIssues } from '../../model/zod-issues.ts';

/** Filters of gates that an observation has no counterpart of. */
const filters = ['scenarios', 'variants', 'profiles', 'form', 'abortAfterMs'] as const;

/** Reads a gates file for observations: the form that runs use, over the metrics of an observation. Throws all issues. */
export function readObservationGates(text: string, file: string): Gate[] {
  let content: unknown;
  try {
    content = parseYaml(text);
  } catch (error) {
    const hint = 'docs/observe.md has an example';
    throw validationError([{ field: file, message: `not YAML: ${causeText(error)}`, hint }]);
  }
  const parsed = GatesFile.safeParse(content);
  if (!parsed.success) throw validationError(zodIssues(parsed.error, file, ': ', ['gates', 'name', 'holds']));
  const issues = parsed.data.gates.flatMap((gate, i): ValidationIssue[] => {
    const field = `${file}: gates[${i}]`;
    const parsedGate = parseExpression(gate.holds, undefined, unknownObservationMetric);
    const wrong = parsedGate.ok
      ? []
      : [
          {
            field: `${field}.holds`,
            message: `\`${shortened(gate.holds, 200)}\`: ${parsedGate.message}`,
            hint: parsedGate.hint,
          },
        ];
    const useless = filters
      .filter((filter) => gate[filter] !== undefined)
      .map((filter) => ({
        field: `${field}.${filter}`,
        message: 'an observation has no such thing',
        hint: 'leave it out',
      }));
    return [...wrong, ...useless];
  });
  if (issues.length > 0) throw validationError(issues);
  return parsed.data.gates;
}

/** Every gate over one observation; `baseline`: an earlier one. A figure that was not read holds no gate. */
export function checkObservation(
  gates: readonly Gate[],
  observation: Observation,
  baseline?: Observation,
): GateResult[] {
  const read = readerOf(observation);
  const before = baseline === undefined ? [] : [readerOf(baseline)];
  return gates.flatMap((gate) => {
    const parsed = parseExpression(gate.holds, undefined, unknownObservationMetric);
    if (!parsed.ok) return [];
    const { holds, observed } = evaluateReadings(
      parsed.expression,
      read,
      before,
      (name) => observationMetrics[name]?.unit ?? '',
    );
    return {
      gate: gate.name === undefined ? gate.holds : `${gate.name} (${gate.holds})`,
      cell: targetText(observation),
      scenario: 'observe',
      profile: 'as found',
      state: holds ? 'held' : 'broken',
      observed,
    } as const;
  });
}

/** `this host`, `container api-7`. */
export function targetText({ target }: Pick<Observation, 'target'>): string {
  return target.kind === 'host' ? target.name : `${target.kind} ${target.name}`;
}

function readerOf(observation: Observation) {
  return (name: string) => observationMetrics[name]?.read(observation) ?? null;
}
