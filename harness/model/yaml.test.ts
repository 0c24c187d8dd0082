import { expect, it } from 'vitest';
import { parseYaml, readYaml } from './yaml.ts';

it.each([
  ['a: 1\nb: [x, {c: null}]\n', { a: 1, b: ['x', { c: null }] }],
  ['{"a": [1, 2]}', { a: [1, 2] }],
  ['a: &x [1]\nb: *x\n', { a: [1], b: [1] }],
  ['', null],
])('reads %j', (text, value) => {
  expect(parseYaml(text)).toEqual(value);
});

it('names the line of each error', () => {
  expect(readYaml('a: 1\nb: [\n')).toMatchObject({ ok: false, errors: [{ line: expect.any(Number) }] });
  expect(readYaml('a: 1\nb: 2\na: 3\nb: 4\n')).toEqual({
    ok: false,
    errors: [
      { line: 3, message: 'Map keys must be unique' },
      { line: 4, message: 'Map keys must be unique' },
    ],
  });
  expect(() => parseYaml('a:\n  b: 1\n  b: 2\n')).toThrow('Map keys must be unique at line 3');
});

it('leaves the prototype alone', () => {
  const value = parseYaml('__proto__: {polluted: 1}\n') as Record<string, unknown>;
  expect(value.polluted).toBeUndefined();
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

/** CPU time of this process: what other work takes does not count. */
function cpuMsOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

it.each([
  ['the same key', 'a: 1\n'.repeat(20_000)],
  ['many keys', Array.from({ length: 20_000 }, (_, i) => `k${i}: 1\n`).join('')],
  ['brackets', '['.repeat(100_000)],
  ['braces', '{"a":'.repeat(50_000)],
  ['lists in lists', '- '.repeat(100_000)],
  [
    'aliases of aliases',
    `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`).join('')}`,
  ],
  ['one long text', 'x'.repeat(2_000_000)],
])('takes less than a second for %s', (_, text) => {
  expect(cpuMsOf(() => readYaml(text))).toBeLessThan(1000);
});

it('refuses what is longer than any of these files', () => {
  expect(readYaml('x'.repeat(2 ** 18)).ok).toBe(true);
  expect(readYaml('x'.repeat(2 ** 18 + 1))).toEqual({
    ok: false,
    errors: [{ line: null, message: 'longer than 256 KiB' }],
  });
});
