import fc from 'fast-check';
import { expect, it } from 'vitest';
import { budgetAnswer } from '../../../harness/analysis/observation/budget-plan.ts';
import { budgetQuestion } from '../../../harness/cli/budget-arguments.ts';
import { commandLineIssues } from '../../../harness/cli/command-line-issues.ts';
import { commandNames, commandOptions } from '../../../harness/cli/command-options.ts';
import { readKernelsArguments } from '../../../harness/cli/kernels-arguments.ts';
import { readScenarioArguments, type ScenarioArguments } from '../../../harness/cli/scenario-arguments.ts';
import type { ValidationIssue } from '../../../harness/model/errors.ts';
import { budgetText } from '../../../harness/report/text/budget-text.ts';
import { runtimes } from '../../../harness/runtime/registry.ts';
import { profiles } from '../../../scenarios/profiles.ts';
import { scenarios } from '../../../scenarios/registry.ts';
import { check, expectNamed, odd, printSeed, timeout } from './cases.ts';

printSeed();

const value = fc.oneof(
  fc.string(),
  odd.map((one) => JSON.stringify(one) ?? ''),
);
/** Some of these options, each with a value as given. */
const options = <Name extends string>(names: readonly Name[]) =>
  fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });

it('options of every command', { timeout }, async () => {
  const tables = commandOptions(null);
  const parts = ['--out', '--rate', '--duration=1s', '--repeat', '-1', '--sysctl', '--', '--=x', '--__proto__', '-'];
  const word = fc.oneof(fc.constantFrom(...parts), fc.string({ maxLength: 40 }));
  await check(fc.tuple(fc.constantFrom(...commandNames), fc.array(word, { maxLength: 12 })), ([name, words]) =>
    expectNamed(commandLineIssues(name, words, tables[name])),
  );
});

it('values of the options of scenario', { timeout }, async () => {
  const texts = ['rate', 'duration', 'repeat', 'parallel', 'profiles', 'engine', 'clientCmd', 'maxRate'] as const;
  const lists = fc.record({ names: fc.array(fc.string()), sysctl: fc.array(fc.string()) });
  await check(fc.tuple(options(texts), lists), ([given, many]) => {
    const fixed = { runtime: 'auto', quick: true, serverEnv: [], clientEnv: [] };
    const args = { ...fixed, ...given, ...many } as ScenarioArguments;
    expectNamed(readScenarioArguments(args, { scenarios, profiles, runtimes }).issues);
  });
});

it('values of the options of budget, and its answer', { timeout }, async () => {
  const names = ['rate', 'range', 'destinations', 'sources', 'reuse', 'reuse-delay', 'close', 'threads', 'buckets'];
  const numbers = fc.constantFrom('1', '0', '1024', '10000000', '0.1', '1 65535', '65535 1', '100000000', 'client');
  const numeric = fc.record(Object.fromEntries(names.map((name) => [name, numbers])), { requiredKeys: [] });
  await check(fc.oneof(options(names), numeric), (given) => {
    const issues: ValidationIssue[] = [];
    const question = budgetQuestion(given, {}, issues);
    expectNamed(issues);
    if (question === null) return expect(issues.length).toBeGreaterThan(0);
    expect(budgetText(budgetAnswer(question))).not.toMatch(/NaN|undefined|Infinity/);
  });
});

it('values of the options of kernels', { timeout }, async () => {
  const names = ['profiles', 'duration', 'rate', 'maxRate', 'repeat'] as const;
  const part = fc.constantFrom(
    'host',
    '6.12',
    '6.1.0-56',
    './bzImage',
    ',modules=',
    'DIR',
    ',',
    '..',
    '/',
    '\u0000',
    '=',
  );
  const kernels = fc.oneof(
    value,
    fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
  );
  await check(
    fc.tuple(options(names), kernels, fc.array(value, { maxLength: 3 })),
    ([given, named, sysctl]) => {
      const fixed = { names: ['short-conn'], all: false, quick: true, out: '/nonexistent/timewait-lab' };
      return readKernelsArguments({ ...fixed, ...given, kernels: named, sysctl });
    },
    0.2,
  );
});
