import { describe, expect, it } from 'vitest';
import { sampleCell, sampleReport, sampleReuseCell, sampleSkipped } from '../../../test/samples/report.ts';
import type { CellReport, MeasuredCell, Report } from '../../model/report.ts';
import { comparisonMarkdown, renderComparison } from '../../report/text/run-comparison.ts';
import { compareRuns } from './compare.ts';
import { differingFacts } from './differing-facts.ts';
import { measureNoiseFloor } from './noise-floor.ts';

/** Repetitions of one cell whose timing scatters by ± 10 % and drifts, as on a shared machine. */
function run(
  make: (over: Partial<MeasuredCell>) => MeasuredCell,
  repetitions: number,
  random: () => number,
  drift = 1,
): Report {
  const cells = Array.from({ length: repetitions }, (_, i) => {
    const cell = make({ id: `c${i}`, repetition: i + 1 });
    const noise = () => drift * (0.9 + 0.2 * random());
    const { load } = cell;
    const call =
      load.connectCallUs === null
        ? null
        : { ...load.connectCallUs, p50: load.connectCallUs.p50 * noise(), p99: load.connectCallUs.p99 * noise() };
    const rate = { ...load.rate, achieved: load.rate.achieved * (1 + (noise() - 1) / 20) };
    return { ...cell, load: { ...load, rate, connectCallUs: call } };
  });
  return sampleReport({ cells });
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

const two = (a: Report, b: Report) =>
  compareRuns([
    { name: 'a', reports: [a] },
    { name: 'b', reports: [b] },
  ])[0];

describe('compareRuns', () => {
  it('the same profile against itself, 5 repetitions, is never a regression, drift of the machine included', () => {
    const random = generator(5);
    for (let i = 0; i < 50; i++) {
      const result = two(run(sampleCell, 5, random), run(sampleCell, 5, random, 0.85 + 0.3 * random()));
      expect(result?.pairs.map((pair) => pair.outcome)).not.toContain('regressed');
    }
  });

  it('the exact metrics distinguish reuse off and on with 3 repetitions', () => {
    const random = generator(9);
    const base = run(sampleCell, 3, random);
    const value = run(sampleReuseCell, 3, random);
    const [pair] = two(base, value)?.pairs ?? [];
    expect(pair?.profiles).toEqual(['tw-reuse-0', 'tw-reuse-1']);
    expect(pair?.outcome).toBe('improved');
    expect(pair?.metrics.find((m) => m.metric === 'verdict')).toMatchObject({
      words: ['exhausted', 'healthy'],
      outcome: 'improved',
    });
    expect(two(value, base)?.pairs[0]?.outcome).toBe('regressed');
  });

  it('a run whose cells fail got worse, whatever they are called; one that skips them did not', () => {
    const lost = (over: object) => ({
      ...sampleReport(),
      cells: [{ ...sampleSkipped(), id: 'skipped-first/tw-reuse-0/1', profile: 'tw-reuse-0', ...over } as CellReport],
    });
    const measured = sampleReport({ cells: [sampleCell()] });
    const failed = lost({ verdict: 'failed', interrupted: false });
    expect(two(measured, failed)?.pairs[0]).toMatchObject({
      outcome: 'regressed',
      leftOut: [[], [{ cell: 'skipped-first/tw-reuse-0/1', verdict: 'failed' }]],
    });
    expect(two(measured, lost({}))?.pairs[0]?.outcome).toBe('insufficient data');
  });

  it('a run whose cells fail got worse', () => {
    const failed = sampleReport({
      cells: [
        {
          id: 'x',
          scenario: 'short-conn',
          profile: 'tw-reuse-0',
          repetition: 1,
          form: 'quick',
          verdict: 'failed',
          reason: 'died',
          interrupted: false,
        },
      ],
    });
    expect(two(sampleReport({ cells: [sampleCell()] }), failed)?.pairs[0]?.outcome).toBe('regressed');
    expect(two(failed, sampleReport({ cells: [sampleCell()] }))?.pairs[0]?.outcome).toBe('insufficient data');
  });

  it('a failed cell counts as worse even if its name contains "skipped"', () => {
    const { scenario, profile, repetition, form } = sampleCell();
    const failed = { id: 'skipped-lb/x', scenario, profile, repetition, form, reason: 'died', interrupted: false };
    const after = sampleReport({ cells: [{ ...failed, verdict: 'failed' }] });
    const result = two(sampleReport({ cells: [sampleCell()] }), after);
    expect(result?.pairs[0]).toMatchObject({
      outcome: 'regressed',
      leftOut: [[], [{ cell: 'skipped-lb/x', verdict: 'failed' }]],
    });
  });

  it('shows the settings of both runs', () => {
    const compared = [sampleCell(), sampleReuseCell()].map((cell) => ({
      name: cell.profile,
      reports: [sampleReport({ cells: [cell] })],
    }));
    expect(renderComparison(compareRuns(compared), { colour: false })).toContain('net.ipv4.tcp_tw_reuse: 0 → 1');
    expect(comparisonMarkdown(compareRuns(compared))).toContain('- net.ipv4.tcp\\_tw\\_reuse: 0 → 1');
  });

  it('names what only one run has', () => {
    const both = sampleReport({ cells: [sampleCell(), sampleReuseCell()] });
    const result = two(both, sampleReport({ cells: [sampleCell(), sampleReuseCell({ profile: 'other' })] }));
    expect(result?.unpaired).toEqual([
      { scenario: 'short-conn', profile: 'tw-reuse-1', onlyIn: 'base' },
      { scenario: 'short-conn', profile: 'other', onlyIn: 'value' },
    ]);
    expect(renderComparison(result === undefined ? [] : [result], { colour: false })).toContain(
      'short-conn tw-reuse-1 is only in a',
    );
  });

  it('is printed with figures, text values and the reason', () => {
    const random = generator(2);
    const compared = compareRuns([
      { name: 'a', reports: [run(sampleCell, 3, random)] },
      { name: 'b', reports: [run(sampleReuseCell, 3, random)] },
    ]);
    const text = renderComparison(compared, { colour: false });
    expect(text).toMatch(/verdict\s+exhausted\s+healthy.*improved/);
    expect(text).toMatch(/load.failures.EADDRNOTAVAIL > 0\s+yes\s+no/);
    expect(comparisonMarkdown(compared)).toContain('| verdict');
  });
});

describe('what two runs differ in', () => {
  it('lists kernel, CPU and settings that are not under test', () => {
    const base = sampleReport();
    const other = structuredClone(base);
    other.host.kernel = '6.1.0';
    for (const cell of other.cells) {
      if ('peers' in cell)
        for (const peer of Object.values(cell.peers))
          peer.sysctls.effective['net.ipv4.ip_local_port_range'] = '1024 65535';
    }
    expect(differingFacts(base, other)).toEqual([{ fact: 'kernel', base: '6.18.5', value: '6.1.0' }]);
    expect(differingFacts(base, base)).toEqual([]);
    const range = {
      key: 'net.ipv4.ip_local_port_range',
      base: { requested: null, effective: '32768 33767' },
      value: { requested: null, effective: '1024 65535' },
      pairs: [],
    };
    expect(two(base, other)?.differingSettings).toEqual([
      { role: 'client', ...range },
      { role: 'server', ...range },
    ]);
    expect(two(base, base)?.differingSettings).toEqual([]);
  });

  it('lists a setting requested for one run only first, with its place', () => {
    const key = 'net.ipv4.tcp_timestamps';
    const base = sampleReport({ cells: [sampleCell(), sampleReuseCell()] });
    for (const cell of base.cells) {
      if ('peers' in cell) for (const peer of Object.values(cell.peers)) peer.sysctls.effective[key] = '1';
    }
    const other = structuredClone(base);
    const [, reuse] = other.cells;
    if (reuse === undefined || !('peers' in reuse) || reuse.peers.client === undefined) throw new Error('no client');
    reuse.peers.client.sysctls.requested[key] = '0';
    reuse.peers.client.sysctls.effective[key] = '0';
    const result = compareRuns([
      { name: 'a', reports: [base] },
      { name: 'b', reports: [other] },
    ]);
    const [, , first] = renderComparison(result, { colour: false }).split('\n');
    expect(first?.trim()).toBe('client net.ipv4.tcp_timestamps: 1 (not requested) → 0 in short-conn tw-reuse-1');
    expect(comparisonMarkdown(result)).toContain('tcp\\_timestamps: 1 (not requested)');
  });

  it('lists the settings in which two compared profiles differ', () => {
    const result = two(sampleReport({ cells: [sampleCell()] }), sampleReport({ cells: [sampleReuseCell()] }));
    expect(
      result?.differingSettings.map(({ role, key, base, value }) => [role, key, base.effective, value.effective]),
    ).toEqual([
      ['client', 'net.ipv4.tcp_tw_reuse', '0', '1'],
      ['server', 'net.ipv4.tcp_tw_reuse', '0', '1'],
    ]);
  });

  it('does not report a key that only one version of the lab reads', () => {
    const base = sampleReport({ cells: [sampleCell()] });
    const other = structuredClone(base);
    for (const cell of other.cells) {
      if ('peers' in cell && cell.peers.client) cell.peers.client.sysctls.effective['net.core.somaxconn'] = '4096';
    }
    expect(two(base, other)?.differingSettings).toEqual([]);
  });
});

describe('measureNoiseFloor', () => {
  it('is the largest difference between identical runs', () => {
    const random = generator(4);
    const floor = measureNoiseFloor([run(sampleCell, 5, random), run(sampleCell, 5, random, 2)]);
    expect(floor.metrics['load.connectCallUs.p99']).toBeGreaterThan(0.7);
    expect(floor.pairs).toBe(1);
    expect(measureNoiseFloor([run(sampleCell, 4, random)]).pairs).toBe(1);
    expect(() => measureNoiseFloor([run(sampleCell, 1, random)])).toThrow();
  });
});
