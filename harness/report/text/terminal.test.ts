import { expect, it } from 'vitest';
import { sampleCell, sampleReport } from '../../../test/samples/report.ts';
import { reportView } from '../view.ts';
import { renderTerminal } from './terminal.ts';

it('has one line for an expectation, however many repetitions it broke in', () => {
  const cells = Array.from({ length: 20 }, (_, i) => {
    const holds = i >= 18;
    const observed = `load.failures.EADDRNOTAVAIL = ${i}`;
    const expectations = ['ports run out', 'and come back'].map((text) => ({ text, holds, observed }));
    return sampleCell({ id: `c${i}`, repetition: i + 1, expectations });
  });
  const text = renderTerminal(reportView(sampleReport({ cells })), { colour: false, width: 200 });
  const lines = text.split('\n').filter((line) => /[✓✗]/.test(line));
  expect(lines.map((line) => line.trim())).toEqual([
    'expected  ✗ ports run out (load.failures.EADDRNOTAVAIL = 0), not in 18 of 20 repetitions',
    'expected  ✗ and come back (load.failures.EADDRNOTAVAIL = 0), not in 18 of 20 repetitions',
  ]);
});
