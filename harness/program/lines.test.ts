import { describe, expect, it } from 'vitest';
import { LineSplitter, Tail } from './lines.ts';

function linesOf(...chunks: string[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

describe('LineSplitter', () => {
  it('finds lines however they are cut, and one whose end never came', () => {
    expect(linesOf('a', 'b\nc\r', '\nd')).toEqual(['ab', 'c', 'd']);
  });

  it('keeps no more of an endless line than its beginning, and goes on with the next', () => {
    const endless = Array.from({ length: 1000 }, () => 'x'.repeat(1000));
    const [first, second] = linesOf(...endless, '\nnext\n');
    expect(first?.length).toBe(64 * 1024);
    expect(second).toBe('next');
  });
});

describe('Tail', () => {
  it('has the last whole lines, bounded, without escape sequences', () => {
    const tail = new Tail();
    for (let n = 0; n < 10_000; n++) tail.add(`line ${n}`);
    tail.add('\u001b]0;title\u0007 red \u001b[31m');
    expect(tail.last(2)).toEqual(['line 9999', ']0;title red [31m']);
    const kept = tail.last(10_000);
    expect(kept.join('').length).toBeLessThanOrEqual(8000);
    expect(kept[0]).toMatch(/^line \d+$/);
  });

  it('cuts a long line, and leaves empty ones out', () => {
    const tail = new Tail();
    tail.add('y'.repeat(5000));
    tail.add('  ');
    expect(tail.last(5)).toEqual([`${'y'.repeat(500)}…`]);
  });
});
