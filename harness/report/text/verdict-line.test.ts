import { expect, it } from 'vitest';
import { sampleCell, samplePeer, sampleReuseCell, sampleSkipped } from '../../../test/samples/report.ts';
import type { CellReport } from '../../model/report.ts';
import { verdictLine } from './verdict-line.ts';

const timeWait = { created: 9, recycled: 0, overflowed: 0, peak: 12_345, live: 0 };

it.each([
  ['short-conn.tw-reuse-0.1 exhausted after 5.01 s; 1,000 TIME_WAIT, 1,400 EADDRNOTAVAIL', sampleCell()],
  ['short-conn.tw-reuse-1.1 healthy; 510 TIME_WAIT, 2,400 of 2,400 completed', sampleReuseCell()],
  [
    'short-conn.tw-reuse-1.1 degraded; 510 TIME_WAIT, 2,400 of 2,400 completed',
    sampleReuseCell({ verdict: 'degraded' }),
  ],
  [
    'short-conn.tw-reuse-0.1 degraded from 2.5 s; 1,000 TIME_WAIT, 1,000 of 2,400 completed',
    sampleCell({ verdict: 'degraded', load: { ...sampleCell().load, failures: [] } }),
  ],
  [
    'short-conn.tw-reuse-0.1 invalid; the counts do not add up; 1,000 TIME_WAIT, 1,400 EADDRNOTAVAIL',
    sampleCell({ verdict: 'invalid', reason: 'the counts do not add up' }),
  ],
  [
    'short-conn.tw-reuse-1.1 healthy; TIME_WAIT client 12,345, lb 1,000, 2,400 of 2,400 completed',
    sampleReuseCell({ peers: { client: samplePeer({ timeWait }), lb: samplePeer() } }),
  ],
  [
    'short-conn.tw-reuse-1.1 healthy; 510 TIME_WAIT, 2,400 of 2,400 completed; 1 of 1 expectations not met',
    sampleReuseCell({ expectations: [{ text: 'x', holds: false, observed: '' }] }),
  ],
  [
    'short-conn.tw-recycle.1 skipped: net.ipv4.tcp_tw_recycle is gone since Linux 4.12 (use another)',
    sampleSkipped({ hint: 'use another' } as object),
  ],
] satisfies [string, CellReport][])('%s', (line, cell) => {
  expect(verdictLine(cell)).toBe(line);
});

it('a failed cell has its reason, an interrupted one needs none', () => {
  const { verdict: _, ...skipped } = sampleSkipped() as Extract<CellReport, { verdict: 'skipped' }>;
  const failed = { ...skipped, verdict: 'failed' as const, reason: 'peer client: gone', interrupted: false };
  expect(verdictLine(failed)).toBe('short-conn.tw-recycle.1 failed: peer client: gone');
  expect(verdictLine({ ...failed, interrupted: true })).toBe('short-conn.tw-recycle.1 interrupted');
  const {
    id: _id,
    scenario: _scenario,
    profile: _profile,
    repetition: _repetition,
    form: _form,
    ...rest
  } = sampleCell();
  const { verdict: _verdict, ...partial } = rest;
  expect(verdictLine({ ...failed, interrupted: true, partial })).toBe(
    'short-conn.tw-recycle.1 interrupted; 1,000 TIME_WAIT, 1,400 EADDRNOTAVAIL',
  );
});

it('names the most frequent failures and counts the rest', () => {
  const failures = ['EPIPE', 'ETIMEDOUT', 'ECONNRESET', 'EOF', 'EADDRNOTAVAIL'].map((errno, index) => ({
    errno,
    phase: 'connect' as const,
    count: index + 1,
  }));
  const cell = sampleCell({ load: { ...sampleCell().load, failures } });
  expect(verdictLine(cell)).toContain('5 EADDRNOTAVAIL, 4 EOF, 3 ECONNRESET, 3 others');
});
