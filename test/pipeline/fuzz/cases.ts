import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect } from 'vitest';
import { HarnessError, type ValidationIssue } from '../../../harness/model/errors.ts';

/*
 * Whatever comes from outside: a value, or issues with the path of each field and exit code 2; never another error, a
 * hang, memory without a bound, or a change of Object.prototype. TIMEWAIT_LAB_FUZZ: cases of each kind, 500 by default.
 * TIMEWAIT_LAB_SEED repeats a run; fast-check prints the seed of a failure.
 */
export const numRuns = Number(process.env.TIMEWAIT_LAB_FUZZ ?? 500);
export const seed = Number(process.env.TIMEWAIT_LAB_SEED ?? Date.now() % 2 ** 31);
export const timeout = 30_000 + numRuns * 100;
const mostMs = 1000;
const mostBytes = 300 * 2 ** 20;

const root = join(import.meta.dirname, '..', '..', '..');
export const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
const prototypeKeys = Object.getOwnPropertyNames(Object.prototype).join();

/** Prints what repeats the tests of a file. */
export function printSeed(): void {
  afterAll(() => console.log(`fuzz: seed ${seed}, ${numRuns} cases of each kind`));
}

/** Values that schemas and arithmetic tend to forget. */
export const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, '', 0, -1, 0.5, 1e308, -1e308, 2 ** 53, [], {}, [null], '__proto__', '\u0000'),
  fc.constantFrom<unknown>('x'.repeat(100_000), 'NaN', '../..', '{{', '\u001b[31m', Array(1000).fill(0)),
  fc.jsonValue({ maxDepth: 2 }),
);
const key = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'type', 't', 'cell', 'role', '', 'x');

export interface Mutation {
  at: number;
  how: 'delete' | 'replace' | 'add' | 'repeat';
  value: unknown;
  key: string;
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('delete', 'replace', 'add', 'repeat'),
  value: odd,
  key,
});
export const mutations = fc.array(mutation, { minLength: 1, maxLength: 3 });

/** Every place in a JSON value: its holder and key. */
function places(value: unknown, found: [Record<string, unknown>, string][] = []) {
  if (typeof value !== 'object' || value === null) return found;
  for (const name of Object.keys(value)) {
    found.push([value as Record<string, unknown>, name]);
    places((value as Record<string, unknown>)[name], found);
  }
  return found;
}

function own(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

/** JSON text with mutations applied, and `__proto__` as a field of its own, as JSON.parse makes it. */
export function mutated(text: string, changes: readonly Mutation[]): string {
  const content: unknown = JSON.parse(text);
  for (const { at, how, value: shared, key: name } of changes) {
    // Of its own in each case: the next change may be to a place in it.
    const value = structuredClone(shared);
    const all = places(content);
    const place = all[at % Math.max(1, all.length)];
    if (place === undefined) return JSON.stringify(value) ?? 'null';
    const [holder, field] = place;
    if (how === 'delete') delete holder[field];
    else if (how === 'replace') own(holder, field, value);
    else if (how === 'add') own(holder, name, value);
    else own(holder, field, Array(20).fill(holder[field]));
  }
  return JSON.stringify(content) ?? 'null';
}

/** Text that no parser expects: of any characters, nested without an end, or one very long word. The long ones are few. */
export const text = fc.oneof(
  { weight: 30, arbitrary: fc.string({ maxLength: 500 }) },
  {
    weight: 10,
    arbitrary: fc.constantFrom(
      ...['&a [*a]', '&a [&b [*b, *b], *a]', '!!js/function x', '\ufeff', '\u0000', '---\n---\n', '%YAML 9\n', '<<: 1'],
      ...[
        '"'.repeat(999),
        '[[[[[[[',
        '1e999',
        '-',
        '? ? ?',
        'a: 1\na: 2',
        '\n'.repeat(1000),
        '{"__proto__": {"x": 1}}',
      ],
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...['['.repeat(50_000), '{"a":'.repeat(20_000), '- '.repeat(20_000), '? '.repeat(20_000), 'a:\n'.repeat(20_000)],
      Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(2_000_000), '\n'.repeat(100_000), 'a: 1\n'.repeat(5000)) },
);

/** What is wrong must be named: by the field, and by a message that is no stack trace. */
export function expectNamed(issues: readonly ValidationIssue[]): void {
  for (const { field, message } of issues) {
    expect([field.length > 0, message.length > 0]).toEqual([true, true]);
    expect(message).not.toMatch(/\n +at /);
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Runs it, and accepts a value or a complete report of what is wrong. */
async function accept(work: () => unknown): Promise<void> {
  // Of this process: on a busy machine a case also waits for the CPU.
  const startedAt = cpuMs();
  const before = process.memoryUsage.rss();
  try {
    await work();
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    expect(error.exitCode).toBe(2);
    if (error.code === 'BAD_INPUT') expect(error.issues.length).toBeGreaterThan(0);
    expectNamed(error.issues);
  }
  expect(cpuMs() - startedAt).toBeLessThan(mostMs);
  expect(process.memoryUsage.rss() - before).toBeLessThan(mostBytes);
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(prototypeKeys);
}

/** Works with each of `numRuns` cases, or a share of them where one takes long. */
export async function check<T>(arbitrary: fc.Arbitrary<T>, work: (value: T) => unknown, share = 1): Promise<void> {
  await fc.assert(
    fc.asyncProperty(arbitrary, (value) => accept(() => work(value))),
    { numRuns: Math.max(1, Math.ceil(numRuns * share)), seed },
  );
}
