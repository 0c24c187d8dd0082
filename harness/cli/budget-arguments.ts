import type { BudgetQuestion } from '../analysis/observation/budget-plan.ts';
import type { ValidationIssue } from '../model/errors.ts';
import { shortened } from '../model/nearest.ts';
import { portSupply } from '../model/port-supply.ts';
import { mostThreads } from '../model/scenario.ts';
import { defaultPortRange, portRangeKey, sysctlIssues } from '../model/sysctls.ts';

/** Options of `budget` as they were written. */
export interface BudgetArguments {
  rate?: string | undefined;
  range?: string | undefined;
  destinations?: string | undefined;
  sources?: string | undefined;
  reuse?: string | undefined;
  'reuse-delay'?: string | undefined;
  close?: string | undefined;
  threads?: string | undefined;
  buckets?: string | undefined;
}

const defaults: Omit<BudgetQuestion, 'rate'> = {
  ports: defaultPortRange.high - defaultPortRange.low + 1,
  destinations: 1,
  sources: 1,
  reuse: false,
  reuseDelayMs: 1000,
  closes: 'client',
  threads: 1,
  buckets: 131_072,
};

/** The question that the options ask; `from`: figures of an observation or a run, which options replace. Adds all issues. */
export function budgetQuestion(
  args: BudgetArguments,
  from: Partial<BudgetQuestion>,
  issues: ValidationIssue[],
): BudgetQuestion | null {
  const before = issues.length;
  const whole = (name: keyof BudgetArguments, least: number, most: number, otherwise: number): number => {
    const text = args[name];
    if (text === undefined) return otherwise;
    if (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    const message = `'${shortened(text)}' is not valid`;
    issues.push({ field: `--${name}`, message, hint: `a whole number from ${least} to ${most}` });
    return otherwise;
  };
  const base = { ...defaults, ...from };
  const rate = rateOf(args.rate, base.rate, issues);
  const closes = oneOf(args.close, ['client', 'server'] as const, base.closes, '--close', issues);
  const reuse = oneOf(args.reuse, ['0', '1'] as const, base.reuse ? '1' : '0', '--reuse', issues);
  const question: BudgetQuestion = {
    rate,
    ports: portsOf(args.range, base.ports, issues),
    destinations: whole('destinations', 1, 1_000_000, base.destinations),
    sources: whole('sources', 1, 1_000_000, base.sources),
    reuse: reuse === '1',
    reuseDelayMs: whole('reuse-delay', 1, 60_000, base.reuseDelayMs),
    closes,
    threads: whole('threads', 1, mostThreads, base.threads),
    buckets: whole('buckets', 0, 100_000_000, base.buckets),
  };
  return issues.length > before ? null : question;
}

/** Connections per second. */
const mostRate = 10_000_000;

function rateOf(text: string | undefined, from: number | undefined, issues: ValidationIssue[]): number {
  if (text === undefined && from !== undefined && from > 0 && from <= mostRate) return from;
  const rate = Number(text ?? '');
  if (text !== undefined && /^\d+(\.\d+)?$/.test(text) && rate > 0 && rate <= mostRate) return rate;
  const message =
    text === undefined
      ? `is needed${from === undefined ? '' : `: ${from} is not a rate`}`
      : `'${shortened(text)}' is not a rate`;
  issues.push({
    field: '--rate',
    message,
    hint: 'connections per second, such as 600; or --from a run or an observation',
  });
  return 1;
}

function portsOf(text: string | undefined, otherwise: number, issues: ValidationIssue[]): number {
  if (text === undefined) return otherwise;
  const sysctls = { [portRangeKey]: text };
  const [wrong] = sysctlIssues(sysctls, '--range');
  if (wrong === undefined) return portSupply(sysctls).usable;
  issues.push({ ...wrong, field: '--range' });
  return otherwise;
}

function oneOf<T extends string>(
  text: string | undefined,
  names: readonly T[],
  otherwise: T,
  field: string,
  issues: ValidationIssue[],
): T {
  const found = text === undefined ? otherwise : names.find((name) => name === text);
  if (found !== undefined) return found;
  issues.push({ field, message: `'${shortened(text ?? '')}' is not valid`, hint: names.join(' or ') });
  return otherwise;
}
