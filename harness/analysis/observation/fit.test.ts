import { describe, expect, it } from 'vitest';
import { sampleCell } from '../../../test/samples/report.ts';
import type { ObservedFigures } from '../../model/fit.ts';
import type { MeasuredCell } from '../../model/report.ts';
import type { CellRecord } from '../journal/collect.ts';
import { fitsOf } from './fit.ts';

const stretches = [
  { phase: 'healthy', fromMs: 0, toMs: 25_000, connectCallMeanUs: 30, connectedPerSec: 40 },
  { phase: 'exhausted', fromMs: 25_000, toMs: 75_000, connectCallMeanUs: 30, connectedPerSec: 0 },
] as const;

const cell = (over: Partial<MeasuredCell> = {}) =>
  sampleCell({
    profile: 'profile.conf',
    phases: { timeToExhaustionMs: 25_000, stretches: [...stretches] },
    closedFirst: { client: 1, server: 0 },
    ...over,
  });

const observed: ObservedFigures = {
  source: 'container api-7',
  profiles: ['profile.conf', 'baseline'],
  verdict: 'exhausted',
  ratePerSec: 41,
  plateau: 1000,
  closedFirst: { client: 1, server: 0 },
};

function fitOf(figures: Partial<ObservedFigures>, ...cells: MeasuredCell[]) {
  const records = cells.map(({ id }) => ({
    plan: { id, scenario: { subject: 'client', observed: { ...observed, ...figures } } },
  }));
  return fitsOf(records as unknown as CellRecord[], cells)[0];
}

describe('how well a saved load repeats what was observed', () => {
  it('within 10 %: the rate is that until the ports ran out', () => {
    const fit = fitOf({}, cell());
    expect(fit?.fits).toBe(true);
    expect(fit?.figures.map(({ label, reproduced }) => [label, reproduced])).toEqual([
      ['verdict', 'exhausted'],
      ['connections while ports are free', 40],
      ['TIME_WAIT plateau', 1000],
      ['closed first by client', 1],
      ['closed first by server', 0],
    ]);
    expect(fit?.sentence).toBe(
      'profile.conf reproduces the observation within 10 %: verdict exhausted; connections while ports are free 40/s, observed ' +
        '41/s (−2.4 %); TIME_WAIT plateau 1,000; closed first by client 100 %; closed first by server 0 %.',
    );
  });

  it.each<[string, Partial<ObservedFigures>, Partial<MeasuredCell>, string]>([
    ['plateau', { plateau: 1200 }, {}, 'TIME_WAIT plateau 1,000, predicted 1,200 (−17 %)'],
    ['rate', { ratePerSec: 60 }, {}, 'connections while ports are free 40/s, observed 60/s (−33 %)'],
    ['verdict', { verdict: 'healthy' }, {}, 'verdict exhausted, observed healthy'],
    ['side', {}, { closedFirst: { client: 0.5, server: 0.5 } }, 'closed first by client 50 %, observed 100 %'],
  ])('another %s is named', (_, figures, over, text) => {
    const fit = fitOf(figures, cell(over));
    expect(fit?.fits).toBe(false);
    expect(fit?.sentence).toContain(`profile.conf does not reproduce the observation: ${text}`);
    expect(fit?.sentence).toContain('The rest is within 10 %');
  });

  it('a load that ended before its first TIME_WAIT says nothing about the plateau', () => {
    const phases = { stretches: [{ ...stretches[0], toMs: 20_000 }] };
    const short = cell({ phases, verdict: 'healthy', load: { ...cell().load, durationMs: 20_000 } });
    const fit = fitOf({ verdict: 'healthy', ratePerSec: 40 }, short);
    expect(fit?.figures.find((one) => one.figure === 'plateau')).toMatchObject({ reproduced: null, isNear: null });
    expect(fit?.sentence).toContain('Not measured: TIME_WAIT plateau.');
  });

  it('without profile.conf the base profile is compared; an invalid cell, or another profile, is not', () => {
    expect(fitOf({}, cell({ profile: 'baseline' }))?.profile).toBe('baseline');
    expect(fitOf({}, cell({ profile: 'tw-reuse-1' }))).toBeUndefined();
    expect(fitOf({}, cell({ verdict: 'invalid' }))).toBeUndefined();
  });
});
