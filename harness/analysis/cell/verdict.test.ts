import { describe, expect, it } from 'vitest';
import { sampleCell, samplePeer, sampleReuseCell, sampleServer } from '../../../test/samples/report.ts';
import type { MeasuredCell } from '../../model/report.ts';
import { verdictOf } from './verdict.ts';

/** The verdict of a cell with these figures. */
function judged(cell: MeasuredCell) {
  return verdictOf({ ...cell, identities: cell.ledger.identities });
}

const withRate = (offered: number | null, achieved: number, over: Partial<MeasuredCell['load']> = {}) => {
  const cell = sampleReuseCell();
  return { ...cell, load: { ...cell.load, ...over, rate: { offered, achieved, peak: null } } };
};

describe('a load that missed its offered rate', () => {
  it('by half or more is never healthy', () => {
    expect(judged(withRate(5_000_000, 18_450))).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('18,450/s of the offered 5,000,000/s were completed'),
    });
    expect(judged(withRate(200, 100)).verdict).toBe('unknown');
    expect(judged(withRate(200, 101)).verdict).toBe('healthy');
  });

  it('names the failures behind it', () => {
    const refused = [{ errno: 'ECONNREFUSED', phase: 'connect' as const, count: 2400 }];
    expect(judged(withRate(200, 0, { completed: 0, failures: refused })).reason).toContain(
      '2,400 × ECONNREFUSED in connect',
    );
  });

  it('is still exhausted where the ports ran out', () => {
    expect(judged(sampleCell()).verdict).toBe('exhausted');
  });

  it('has none where a custom client sets the pace', () => {
    expect(judged(withRate(null, 10)).verdict).toBe('healthy');
  });
});

describe('a load that ended before the predicted exhaustion', () => {
  const early = (over: Partial<MeasuredCell> = {}) => {
    const cell = sampleReuseCell(over);
    return { ...cell, budget: { ...(cell.budget as never as object), exhaustionAfterLoadMs: 15_000 } } as MeasuredCell;
  };

  it('is inconclusive, and says how long it takes', () => {
    expect(judged(early())).toMatchObject({
      verdict: 'inconclusive',
      reason: 'the load ended after 12 s; at 200/s the ports run out after 15 s (--duration 19s shows it)',
    });
  });

  it('is inconclusive too where arrivals that never started kept it below the prediction', () => {
    const cell = sampleReuseCell();
    const timeToExhaustionMs = { predicted: 4000, measured: null, error: null };
    const budget = { ...(cell.budget as never as object), timeToExhaustionMs };
    const slow = { ...cell, budget, load: { ...cell.load, notStarted: 700 } } as MeasuredCell;
    expect(judged(slow)).toMatchObject({
      verdict: 'inconclusive',
      reason: '700 arrivals never started, so that the load did not reach the exhaustion predicted after 4 s',
    });
    expect(judged({ ...slow, load: { ...slow.load, notStarted: 0 } }).verdict).toBe('healthy');
  });

  it('keeps a verdict that it did show', () => {
    const overflow = { ...samplePeer().timeWait, overflowed: 5 };
    expect(judged(early({ peers: { client: samplePeer({ timeWait: overflow }) } })).verdict).toBe('overflow');
  });

  it('is not inconclusive where no rate was offered', () => {
    expect(
      judged(early({ load: { ...sampleReuseCell().load, rate: { offered: null, achieved: 200, peak: null } } }))
        .verdict,
    ).toBe('healthy');
  });
});

describe('a program that ended before its ports ran out', () => {
  const program = { role: 'client', command: ['x'], endedByLab: false, exitCode: 0, signal: null } as never;
  const ended = (used: number, predicted: number | null) => {
    const cell = withRate(null, 200);
    const budget = {
      ...(cell.budget as never as object),
      fourTuples: 1000,
      timeToExhaustionMs: { predicted, measured: null, error: null },
      plateau: { predicted: 1000, measured: used, error: null },
    };
    return { ...cell, budget, programs: [program] } as unknown as MeasuredCell;
  };

  it('is inconclusive where more than half of them are in use and its rate would take the rest', () => {
    expect(judged(ended(800, 15_000))).toMatchObject({
      verdict: 'inconclusive',
      reason: 'the load ended after 12 s with 800 of 1,000 four-tuples in use; at its rate they run out after 15 s',
    });
  });

  it('is healthy where it used few, or its rate can go on', () => {
    expect(judged(ended(500, 15_000)).verdict).toBe('healthy');
    expect(judged(ended(800, null)).verdict).toBe('healthy');
    expect(judged(ended(800, 11_000)).verdict).toBe('healthy');
  });
});

describe('evidence', () => {
  it('shows the burst that exhausted the ports though the schedule would not', () => {
    const cell = sampleCell();
    const burst = { windowMs: 1000, predicted: 800, measured: 1012, error: 0.265 };
    const { evidence } = judged({ ...cell, budget: { ...(cell.budget as object), burst } } as MeasuredCell);
    expect(evidence).toContain('most arrivals in any 1,000 ms: 1,012 for 1,000 four-tuples (at most 800 by schedule)');
  });

  it('gives the cores of a program with several threads, and does not call it after its peer', () => {
    const client = samplePeer({ cpu: { client: 1.07, 'load-1': 0.98, agent: 0.2 } });
    const { evidence } = judged(sampleReuseCell({ peers: { client, server: sampleServer() } }));
    expect(evidence).toContain('client: its program used 1.1 cores');
    expect(evidence).toContain('client: load-1 used 98 % of a core');
    expect(evidence.join()).not.toContain('agent');
  });
});
