import { figure, type Unit, withUnit } from '../model/figure.ts';
import { type MetricValue, readMetric, unitOf } from '../model/metrics.ts';
import type { CellReport } from '../model/report.ts';
import { isUndecided } from '../model/vocabulary.ts';
import { type Expression, type Node, nodesOf } from './expression-tree.ts';

export interface Evaluation {
  holds: boolean;
  /** The actual figures: `load.rate.achieved = 470.2/s, baseline = 496/s, limit = 471.2`. */
  observed: string;
}

/** The value of a metric of what is judged, a cell or an observation; `null`: not read. */
export type Reader = (name: string) => MetricValue;

interface Scope {
  read: Reader;
  baseline: readonly Reader[];
  unitOf: (name: string) => Unit;
  /** What `baseline` stands for in the comparison at hand. */
  baselineOf?: Node;
}

/**
 * Whether a comparison holds in a cell, and the figures it rests on. A comparison with a figure that was not read does
 * not hold. With several baseline cells (repetitions) `baseline` is the median of their values.
 */
export function evaluateExpression(
  expression: Expression,
  cell: CellReport,
  baseline?: CellReport | readonly CellReport[],
): Evaluation {
  return evaluateReadings(expression, readerOf(cell), (baseline === undefined ? [] : [baseline].flat()).map(readerOf));
}

/** The same for anything that has metrics. `units`: of its metrics; those of a cell by default. */
export function evaluateReadings(
  expression: Expression,
  read: Reader,
  baseline: readonly Reader[] = [],
  units: (name: string) => Unit = unitOf,
): Evaluation {
  const scope: Scope = { read, baseline, unitOf: units };
  const holds = evaluate(expression.root, scope) === true;
  return { holds, observed: observe(expression, scope).join(', ') };
}

/** True where the comparison definitely does not hold: it is false, and no figure that decides it is missing. */
export function surelyFails(expression: Expression, cell: CellReport, baseline: readonly CellReport[] = []): boolean {
  return evaluate(expression.root, { read: readerOf(cell), baseline: baseline.map(readerOf), unitOf }) === false;
}

function readerOf(cell: CellReport): Reader {
  return (name) => readMetric(cell, name);
}

/** Three-valued (Kleene): `null` is unknown, so `!(unread > 0)` is unknown too and does not hold. */
function evaluate(node: Node, scope: Scope): MetricValue {
  switch (node.kind) {
    case 'number':
    case 'text':
    case 'flag':
      return node.value;
    case 'metric':
      return scope.read(node.name);
    case 'baseline':
      return scope.baselineOf === undefined ? null : baselineValue(scope.baselineOf, scope);
    case 'negative':
      return numeric([evaluate(node.of, scope)], (x) => -x);
    case 'not': {
      const value = evaluate(node.of, scope);
      return value === null ? null : !value;
    }
    case 'call': {
      const values = node.args.map((arg) => evaluate(arg, scope));
      return numeric(values, (...all) => Math[node.name](...(all as [number])));
    }
    case 'arithmetic':
      return calculate(node.operator, evaluate(node.left, scope), evaluate(node.right, scope));
    case 'logic': {
      const sides = [evaluate(node.left, scope), evaluate(node.right, scope)];
      const decides = node.operator === '||';
      if (sides.includes(decides)) return decides;
      return sides.includes(null) ? null : !decides;
    }
    case 'comparison':
      return compare(node, scope);
  }
}

/** A figure of a cell, not a literal of the expression. */
function isRead(side: Node): boolean {
  return side.kind === 'metric' || side.kind === 'baseline';
}

type ComparisonNode = Extract<Node, { kind: 'comparison' }>;

function compare(node: ComparisonNode, scope: Scope): boolean | null {
  const inner = { ...scope, ...subject(node) };
  const left = evaluate(node.left, inner);
  const right = evaluate(node.right, inner);
  if (left === null || right === null) return null;
  // A cell with an undecided verdict neither has nor lacks any of the decided ones.
  const { operator } = node;
  if (isUndecided(left) !== isUndecided(right) && isRead(isUndecided(left) ? node.left : node.right)) return null;
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

/** The side without `baseline`; where both have it, the one metric of the comparison. */
function subject(node: ComparisonNode): { baselineOf?: Node } {
  const uses = (side: Node) => nodesOf(side).some((n) => n.kind === 'baseline');
  const [left, right] = [uses(node.left), uses(node.right)];
  if (!left && !right) return {};
  if (left !== right) return { baselineOf: left ? node.right : node.left };
  const metric = nodesOf(node).find((n) => n.kind === 'metric');
  return metric === undefined ? {} : { baselineOf: metric };
}

function baselineValue(of: Node, { baseline, unitOf: units }: Scope): MetricValue {
  const values = baseline
    .map((read) => evaluate(of, { read, baseline: [], unitOf: units }))
    .filter((value) => value !== null);
  if (values.length === 0) return null;
  const numbers = values.filter((value) => typeof value === 'number').sort((a, b) => a - b);
  // Verdicts and flags have one value only if all baseline cells agree.
  if (numbers.length !== values.length) return values.every((v) => v === values[0]) ? (values[0] ?? null) : null;
  const middle = numbers.length / 2;
  return ((numbers[Math.ceil(middle) - 1] ?? 0) + (numbers[Math.floor(middle)] ?? 0)) / 2;
}

function calculate(operator: '+' | '-' | '*' | '/', left: MetricValue, right: MetricValue): MetricValue {
  return numeric([left, right], (a, b = 0) => {
    if (operator === '+') return a + b;
    if (operator === '-') return a - b;
    return operator === '*' ? a * b : a / b;
  });
}

/** A result that is not a finite number (0 / 0) is not known. */
function numeric(values: readonly MetricValue[], of: (first: number, ...rest: number[]) => number): number | null {
  if (!values.every((value) => typeof value === 'number')) return null;
  const [first = 0, ...rest] = values as number[];
  const result = of(first, ...rest);
  return Number.isFinite(result) ? result : null;
}

function observe(expression: Expression, scope: Scope): string[] {
  const parts = expression.metrics.map((name) => {
    const value = scope.read(name);
    if (value === null) return `${name} was not read`;
    return `${name} = ${typeof value === 'number' ? withUnit(value, scope.unitOf(name)) : String(value)}`;
  });
  for (const node of nodesOf(expression.root)) {
    if (node.kind !== 'comparison') continue;
    const inner = { ...scope, ...subject(node) };
    if (inner.baselineOf !== undefined) {
      const base = evaluate({ kind: 'baseline' }, inner);
      const unit = inner.baselineOf.kind === 'metric' ? scope.unitOf(inner.baselineOf.name) : '';
      const shown = typeof base === 'number' ? withUnit(base, unit) : base;
      parts.push(base === null ? missing(scope) : `baseline = ${shown}`);
    }
    // A computed limit is shown, a constant one is in the text already.
    const limit = node.right;
    const computed = limit.kind === 'arithmetic' || limit.kind === 'call';
    const value = computed ? evaluate(limit, inner) : null;
    if (typeof value === 'number') parts.push(`limit = ${figure(value)}`);
  }
  return parts;
}

function missing(scope: Scope): string {
  return scope.baseline.length === 0 ? 'there is no baseline' : 'the baseline was not read';
}
