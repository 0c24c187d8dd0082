import { describe, expect, it } from 'vitest';
import { parsePlainJson, plainText } from './plain-text.ts';

describe('plainText', () => {
  it.for([
    ['a colour and a title', '\u001b]0;pwn\u0007\u001b[31mRED', '␛]0;pwn␇␛[31mRED'],
    ['an 8-bit control sequence', 'a\u009b31mb', 'a\ufffd31mb'],
    ['a line that begins a command of a CI log', 'x\n::error::y\r\nz', 'x ::error::y z'],
    ['reversed text', 'user\u202enimda\u2066', 'user\ufffdnimda\ufffd'],
    ['line separators', 'a\u2028b\u2029c', 'a\ufffdb\ufffdc'],
    ['DEL and NUL', 'a\u007fb\u0000', 'a␡b␀'],
    ['other scripts and symbols, unchanged', 'Größe ≥ 5 µs → 数 ✓ 🙂', 'Größe ≥ 5 µs → 数 ✓ 🙂'],
  ] as const)('%s', ([, text, plain]) => {
    expect(plainText(text)).toBe(plain);
  });
});

describe('parsePlainJson', () => {
  it('has no control character in any value or name', () => {
    const text = JSON.stringify({ 'a\u001b': [{ errno: '\u001b[31m' }, 'b\nc'], d: 1, e: null });
    expect(parsePlainJson(text)).toEqual({ 'a␛': [{ errno: '␛[31m' }, 'b c'], d: 1, e: null });
    expect(parsePlainJson('{"raw":"a\u009b"}')).toEqual({ raw: 'a\ufffd' });
  });

  it('keeps the lines of a ruleset, and what is plain', () => {
    expect(parsePlainJson('{"nftables":"table x {\\n}\\u001b\\n"}')).toEqual({ nftables: 'table x {\n}␛\n' });
    expect(parsePlainJson('{"a":"plain","n":[1,2]}')).toEqual({ a: 'plain', n: [1, 2] });
  });

  it('does not touch prototypes', () => {
    const parsed = parsePlainJson('{"__proto__":{"x":"\\n"}}') as { x?: unknown };
    expect(parsed.x).toBeUndefined();
  });
});

it.each([
  ['::stop-commands::x', '\uff1a:stop-commands::x'],
  ['  ::error file=a.ts,line=1::text', '  \uff1a:error file=a.ts,line=1::text'],
  ['\n::add-mask::a', ' \uff1a:add-mask::a'],
  ['it said ##[add-matcher]m.json', 'it said ##\uff3badd-matcher]m.json'],
])('makes no command of a workflow of %j', (text, shown) => {
  expect(plainText(text)).toBe(shown);
  expect(parsePlainJson(JSON.stringify({ text }))).toEqual({ text: shown });
});

it.each([
  '::1',
  '::ffff:127.0.0.1',
  '[::]:8080',
  'std::vector::push',
  'a ::error::b',
  '# heading [x]',
])('leaves %j as it is', (text) => {
  expect(plainText(text)).toBe(text);
});
