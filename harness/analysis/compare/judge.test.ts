import { describe, expect, it } from 'vitest';
import { sampleCell, sampleReuseCell } from '../../../test/samples/report.ts';
import type { MeasuredCell } from '../../model/report.ts';
import { verdicts } from '../../model/vocabulary.ts';
import { compareProfiles } from './compare-profiles.ts';
import { comparedMetrics } from './compared-metrics.ts';
import { judge } from './judge.ts';

const metrics = comparedMetrics([sampleCell(), sampleReuseCell()]);
const metric = (name: string) => {
  const found = metrics.find((m) => m.name === name);
  if (found === undefined) throw new Error(`${name} is not compared`);
  return found;
};
const outcome = (name: string, base: number[], value: number[], options = {}) =>
  judge(metric(name), base, value, options)?.outcome;

describe('judge, statistical', () => {
  const rate = 'load.rate.achieved';
  it('needs a difference that is real and matters', () => {
    expect(outcome(rate, [100, 101, 102, 103, 104], [80, 81, 82, 83, 84])).toBe('regressed');
    expect(outcome(rate, [80, 81, 82, 83, 84], [100, 101, 102, 103, 104])).toBe('improved');
    expect(outcome(rate, [100, 101, 102, 103, 104], [97, 97.1, 97.2, 97.3, 97.4])).toBe('same');
    expect(outcome(rate, [100, 60, 140, 90, 120], [70, 130, 75, 85, 88])).toBe('noise');
  });

  it('three repetitions are not enough, unless they are all close together', () => {
    expect(outcome(rate, [100, 101, 102], [80, 81, 82])).toBe('insufficient data');
    expect(outcome(rate, [100, 101, 102], [101, 100, 102])).toBe('same');
    expect(outcome(rate, [100], [100])).toBe('same');
  });

  it('respects the noise floor and the minimum effect that are given', () => {
    const [base, value] = [
      [100, 101, 102, 103, 104],
      [80, 81, 82, 83, 84],
    ];
    expect(outcome(rate, base, value, { noiseFloor: { [rate]: 0.4 } })).toBe('same');
    expect(outcome(rate, base, value, { minimumEffect: 0.3 })).toBe('same');
  });

  it('gives the interval of the ratio', () => {
    const judged = judge(metric(rate), [100, 101, 102, 103, 104], [80, 81, 82, 83, 84]);
    expect(judged?.interval?.low).toBeGreaterThan(0.75);
    expect(judged?.interval?.high).toBeLessThan(0.85);
  });
});

describe('judge, exact', () => {
  it('one repetition per side is enough', () => {
    expect(outcome('load.failures.EADDRNOTAVAIL > 0', [1, 1, 1], [0, 0, 0])).toBe('improved');
    expect(outcome('load.failures.EADDRNOTAVAIL > 0', [0], [1])).toBe('regressed');
    expect(outcome('client.timeWait.recycled > 0', [0, 0], [1, 1])).toBe('changed');
  });

  it('is noise where repetitions of one side differ', () => {
    expect(outcome('load.failures.EADDRNOTAVAIL > 0', [0, 0, 0], [0, 1, 0])).toBe('noise');
  });

  const ranks = (...verdicts: MeasuredCell['verdict'][]) =>
    verdicts.map((verdict) => metric('verdict').read(sampleCell({ verdict })) ?? Number.NaN);

  it('healthy and degraded depend on timing, so one repetition is not enough', () => {
    expect(outcome('verdict', ranks('healthy'), ranks('degraded'))).toBe('insufficient data');
    const three = <T>(one: T) => [one, one, one];
    expect(outcome('verdict', ranks(...three('healthy' as const)), ranks(...three('degraded' as const)))).toBe(
      'regressed',
    );
    expect(outcome('verdict', ranks('healthy'), ranks('exhausted'))).toBe('regressed');
  });

  it('gives every verdict a rank of its own, and its name back', () => {
    const all = verdicts.filter((verdict) => verdict !== 'skipped' && verdict !== 'failed');
    const found = ranks(...all);
    expect(new Set(found).size).toBe(all.length);
    expect(Math.min(...found)).toBe(ranks('healthy')[0]);
    expect(found.map((rank) => metric('verdict').words?.(rank))).toEqual(all);
  });

  it('an undecided verdict is worse than healthy, and never an improvement', () => {
    expect(outcome('verdict', ranks('healthy'), ranks('unknown'))).toBe('regressed');
    expect(outcome('verdict', ranks('healthy'), ranks('inconclusive'))).toBe('regressed');
    expect(outcome('verdict', ranks('exhausted'), ranks('unknown'))).toBe('insufficient data');
    expect(outcome('verdict', ranks('inconclusive'), ranks('exhausted'))).toBe('insufficient data');
    expect(outcome('verdict', ranks('unknown'), ranks('healthy'))).toBe('insufficient data');
    expect(outcome('verdict', ranks('unknown'), ranks('unknown'))).toBe('same');
  });

  it('TIME_WAIT per connection ignores the last connections of a load', () => {
    expect(outcome('client.timeWait.perConnection', [0.997, 1], [1, 0.999])).toBe('same');
    expect(outcome('client.timeWait.perConnection', [1, 1, 1], [0, 0, 0])).toBe('improved');
  });
});

describe('failures', () => {
  const failing = (errno: string, phase: 'connect') =>
    comparedMetrics([sampleCell({ load: { ...sampleCell().load, failures: [{ errno, phase, count: 3 }] } })]).find(
      (m) => m.name === `load.failures.${errno} > 0`,
    );

  it('one time-out in one repetition is no regression', () => {
    const timedOut = failing('ETIMEDOUT', 'connect');
    if (timedOut === undefined) throw new Error('not compared');
    expect(judge(timedOut, [0], [1])?.outcome).toBe('insufficient data');
    expect(judge(timedOut, [0, 0, 0], [1, 1, 1])?.outcome).toBe('regressed');
  });
});

describe('A/A', () => {
  it('never reports a regression for repetitions of one distribution', () => {
    let state = 11;
    const random = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const sample = () => Array.from({ length: 5 }, () => 100 * (0.9 + 0.2 * random()));
    const outcomes = new Set<string | undefined>();
    for (let i = 0; i < 400; i++)
      for (const m of metrics.filter((x) => x.basis === 'statistical')) {
        outcomes.add(judge({ ...m, minimumEffect: 0.1 }, sample(), sample())?.outcome);
      }
    expect([...outcomes].sort()).toEqual(['noise', 'same']);
  });
});

describe('compareProfiles', () => {
  it('distinguishes reuse off and on with three repetitions, by exact metrics', () => {
    const cells = [1, 2, 3].flatMap((repetition) => [
      sampleCell({ id: `a${repetition}`, repetition }),
      sampleReuseCell({ id: `b${repetition}`, repetition }),
    ]);
    const result = compareProfiles(cells);
    const failures = result.find((c) => c.metric === 'load.failures.EADDRNOTAVAIL > 0');
    expect(failures).toMatchObject({ base: 1, value: 0, outcome: 'better', basis: 'exact', baseProfile: 'tw-reuse-0' });
    expect(result.find((c) => c.metric === 'client.timeWait.peak')).toMatchObject({
      outcome: 'better',
      basis: 'untested',
    });
    expect(result.find((c) => c.metric === 'client.timeWait.perConnection')).toMatchObject({ outcome: 'same' });
  });

  it('leaves out cells whose ledger does not balance', () => {
    expect(compareProfiles([sampleCell({ verdict: 'invalid' }), sampleReuseCell()])).toEqual([]);
  });
});
