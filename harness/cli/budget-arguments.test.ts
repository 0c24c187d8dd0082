import { expect, it } from 'vitest';
import { budgetAnswer } from '../analysis/observation/budget-plan.ts';
import type { ValidationIssue } from '../model/errors.ts';
import { budgetQuestion } from './budget-arguments.ts';

function ask(args: Parameters<typeof budgetQuestion>[0], from: Parameters<typeof budgetQuestion>[1] = {}) {
  const issues: ValidationIssue[] = [];
  const question = budgetQuestion(args, from, issues);
  return { question, fields: issues.map(({ field }) => field) };
}

it.each([
  [{ rate: '1', threads: '64' }],
  [{ rate: '10000000', destinations: '1000000', sources: '1000000', buckets: '100000000' }],
  [{ rate: '0.001', range: '1024 65535', reuse: '1', 'reuse-delay': '1', close: 'server' }],
])('answers %j', (args) => {
  const { question, fields } = ask(args);
  expect(fields).toEqual([]);
  expect(budgetAnswer(question as NonNullable<typeof question>).fourTuples).toBeGreaterThan(0);
});

it('refuses what no load can have, by its option', () => {
  expect(ask({ rate: '1', threads: '65' }).fields).toEqual(['--threads']);
  expect(ask({ rate: '10000001' }).fields).toEqual(['--rate']);
  // Of a run that made no connection.
  expect(ask({}, { rate: 0 }).fields).toEqual(['--rate']);
  expect(ask({ rate: '5' }, { rate: 0 }).fields).toEqual([]);
});
