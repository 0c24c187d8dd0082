import jsep from 'jsep';
import type { ValidationIssue } from '../model/errors.ts';
import { findMetric, unknownMetric } from '../model/metrics.ts';
import { nearest, shortened } from '../model/nearest.ts';
import { Verdict, verdicts } from '../model/vocabulary.ts';
import { type Comparator, type Expression, type Node, nodesOf } from './expression-tree.ts';
import { placeholders } from './metric-names.ts';

/** What is wrong with the name of a metric; `null`: it is one. */
export type LookUp = (name: string) => { message: string; hint: string } | null;

export type Parsed = { ok: true; expression: Expression } | { ok: false; message: string; hint: string };

class Refused extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/**
 * Comparisons over metrics, for expectations and gates:
 *
 *   client.timeWait.peak < 10000
 *   load.rate.achieved >= 0.95 * baseline
 *   verdict == healthy && load.failures == 0
 *   abs(budget.plateau.error) <= 0.1
 *
 * `baseline` is the value that the other side of its comparison has in the baseline; where both sides name it, it is
 * that of the one metric in the comparison. A role may contain dashes (`web-1.timeWait.peak`), so a minus sign between
 * two metrics needs a space on each side.
 *
 * With `roles` (the scenario's), a metric of any other role is rejected. With a `lookUp` of its own the metrics are not
 * those of a cell.
 */
export function parseExpression(
  text: string,
  roles?: readonly string[],
  lookUp: LookUp = (name) => unknownMetric(name, roles),
): Parsed {
  try {
    if (text.length > longestText) throw new Refused(`it has ${text.length} characters`, `at most ${longestText}`);
    const { source, words } = placeholders(text);
    const long = words.find((word) => word.length > longestName);
    if (long !== undefined) throw new Refused(`no name is as long as \`${shortened(long)}\``, allowed);
    const root = convert(syntax(source, words), words, lookUp);
    if (typeOf(root) !== 'flag') {
      throw new Refused('this is a value, not a comparison', 'compare it, for example `load.failures == 0`');
    }
    checkBaselines(root);
    const metrics = [...new Set(nodesOf(root).flatMap((node) => (node.kind === 'metric' ? [node.name] : [])))];
    const usesBaseline = nodesOf(root).some((node) => node.kind === 'baseline');
    return { ok: true, expression: { text, root, metrics, usesBaseline } };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, message: error.message, hint: error.hint };
    throw error;
  }
}

/** Names of metrics, roles and verdicts are shorter; finding the nearest to a long one would take too long. */
const longestName = 100;
const longestText = 10_000;

/** `parseExpression` as issues of the field that the text came from; none if it is valid. */
export function expressionIssues(text: string, field: string, roles?: readonly string[]): ValidationIssue[] {
  const parsed = parseExpression(text, roles);
  return parsed.ok ? [] : [{ field, message: `\`${shortened(text, 200)}\`: ${parsed.message}`, hint: parsed.hint }];
}

function syntax(source: string, words: readonly string[]): jsep.Expression {
  try {
    return jsep(source);
  } catch (error) {
    const reason = String((error as { description?: string }).description ?? (error as Error).message);
    const readable = reason.replace(/\$(\d+)/g, (_, index) => words[Number(index)] ?? '?');
    const hint = /=/.test(readable)
      ? 'equality is written `==`'
      : 'an example: `load.rate.achieved >= 0.95 * baseline`';
    throw new Refused(`not an expression: ${shortened(readable, 200)}`, hint);
  }
}

const comparators: readonly string[] = ['<', '<=', '>', '>=', '==', '!='];
const arithmetic: readonly string[] = ['+', '-', '*', '/'];
const functions = ['abs', 'min', 'max'] as const;
const allowed = 'allowed: metrics, numbers, verdicts, + - * /, < <= > >= == !=, && || !, baseline, abs(), min(), max()';

function convert(node: jsep.Expression, words: readonly string[], lookUp: LookUp): Node {
  const sub = (part: unknown) => convert(part as jsep.Expression, words, lookUp);
  switch (node.type) {
    case 'Literal':
      return literal((node as jsep.Literal).value);
    case 'Identifier':
      return named(words[Number(String(node.name).slice(1))] ?? String(node.name), lookUp);
    case 'UnaryExpression': {
      const of = sub(node.argument);
      if (node.operator === '!') return expecting('flag', of, '!', { kind: 'not', of });
      if (node.operator === '-') return expecting('number', of, '-', { kind: 'negative', of });
      break;
    }
    case 'BinaryExpression':
      return binary(String(node.operator), sub(node.left), sub(node.right));
    case 'CallExpression': {
      const callee = node.callee as jsep.Expression;
      const word = words[Number(String(callee.name).slice(1))] ?? '';
      const name = functions.find((known) => known === word);
      if (name === undefined) throw new Refused(`\`${word}\` is not a function`, allowed);
      const args = (node.arguments as jsep.Expression[]).map(sub);
      if (name === 'abs' ? args.length !== 1 : args.length === 0) {
        throw new Refused(`${name}() takes ${name === 'abs' ? 'one value' : 'one value or more'}`, allowed);
      }
      for (const arg of args) expecting('number', arg, `${name}()`, arg);
      return { kind: 'call', name, args };
    }
    case 'Compound': {
      const empty = (node.body as unknown[]).length === 0;
      throw new Refused(empty ? 'the expression is empty' : 'two values with no operator between them', allowed);
    }
  }
  throw new Refused('this syntax is not allowed', allowed);
}

function literal(value: unknown): Node {
  if (typeof value === 'number') return { kind: 'number', value };
  if (typeof value === 'string') return { kind: 'text', value };
  if (typeof value === 'boolean') return { kind: 'flag', value };
  throw new Refused(`\`${String(value)}\` is not allowed`, allowed);
}

function named(word: string, lookUp: LookUp): Node {
  if (word === 'baseline') return { kind: 'baseline' };
  if (word === 'true' || word === 'false') return { kind: 'flag', value: word === 'true' };
  if (Verdict.safeParse(word).success) return { kind: 'text', value: word };
  const unknown = lookUp(word);
  if (unknown === null) return { kind: 'metric', name: word };
  const close = word.includes('.') ? [] : nearest(word, verdicts, 1);
  throw new Refused(
    unknown.message,
    close[0] === undefined ? unknown.hint : `did you mean the verdict \`${close[0]}\`?`,
  );
}

function binary(operator: string, left: Node, right: Node): Node {
  if (operator === '&&' || operator === '||') {
    expecting('flag', left, operator, left);
    return expecting('flag', right, operator, { kind: 'logic', operator, left, right });
  }
  if (arithmetic.includes(operator)) {
    expecting('number', left, operator, left);
    return expecting('number', right, operator, { kind: 'arithmetic', operator: operator as '+', left, right });
  }
  if (!comparators.includes(operator)) throw new Refused(`the operator \`${operator}\` is not allowed`, allowed);
  const types = [typeOf(left), typeOf(right)].filter((type) => type !== 'any');
  if (types.length === 2 && types[0] !== types[1]) {
    throw new Refused(`a ${types[0]} cannot be compared with a ${types[1]}`, 'join comparisons with && or ||');
  }
  const ordered = operator !== '==' && operator !== '!=';
  if (ordered && types.some((type) => type !== 'number')) {
    throw new Refused(`\`${operator}\` compares numbers only`, 'use == or != for verdicts and flags');
  }
  checkVerdict(left, right);
  checkVerdict(right, left);
  return { kind: 'comparison', operator: operator as Comparator, left, right };
}

/** `verdict == "helthy"` would never hold. */
function checkVerdict(metric: Node, text: Node): void {
  if (metric.kind !== 'metric' || metric.name !== 'verdict' || text.kind !== 'text') return;
  if (Verdict.safeParse(text.value).success) return;
  throw new Refused(`\`${shortened(text.value)}\` is not a verdict`, `verdicts: ${verdicts.join(', ')}`);
}

type ValueType = 'number' | 'text' | 'flag' | 'any';

function typeOf(node: Node): ValueType {
  switch (node.kind) {
    case 'number':
    case 'call':
    case 'negative':
    case 'arithmetic':
      return 'number';
    case 'text':
      return 'text';
    case 'baseline':
      return 'any';
    case 'metric': {
      const kind = findMetric(node.name)?.family.kind;
      return kind === 'text' ? 'text' : kind === 'flag' ? 'flag' : 'number';
    }
    default:
      return 'flag';
  }
}

function expecting(type: 'number' | 'flag', node: Node, operator: string, result: Node): Node {
  const found = typeOf(node);
  if (found === type || found === 'any') return result;
  throw new Refused(`\`${operator}\` takes a ${type === 'flag' ? 'comparison' : type}, not a ${found}`, allowed);
}

function checkBaselines(root: Node): void {
  const inside = (node: Node) => nodesOf(node).some((n) => n.kind === 'baseline');
  for (const node of nodesOf(root)) {
    if (node.kind !== 'comparison' || !inside(node)) continue;
    const names = new Set(nodesOf(node).flatMap((n) => (n.kind === 'metric' ? [n.name] : [])));
    const bothSides = inside(node.left) && inside(node.right);
    if (names.size === 0 || (bothSides && names.size !== 1)) {
      const hint = 'for example `load.rate.achieved >= 0.95 * baseline`';
      throw new Refused('it is not clear which metric `baseline` stands for', hint);
    }
  }
  if (root.kind !== 'comparison' && inside(root)) {
    const all = nodesOf(root).filter((n) => n.kind === 'baseline').length;
    const compared = nodesOf(root)
      .filter((n) => n.kind === 'comparison')
      .flatMap(nodesOf)
      .filter((n) => n.kind === 'baseline').length;
    if (all !== compared) throw new Refused('`baseline` is only allowed in a comparison', allowed);
  }
}

export { type Evaluation, evaluateExpression, evaluateReadings } from './evaluate.ts';
export type { Expression } from './expression-tree.ts';
