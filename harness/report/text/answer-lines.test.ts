import { describe, expect, it } from 'vitest';
import { sampleCell, samplePeer, sampleReport, sampleReuseCell, sampleSkipped } from '../../../test/samples/report.ts';
import { recommend } from '../../analysis/advice/recommend.ts';
import type { CellReport, Report } from '../../model/report.ts';
import { reportView } from '../view.ts';
import { renderAnswer } from './answer-lines.ts';

function answer(cells: CellReport[], over: Partial<Report> = {}, width = 100): string {
  const report = sampleReport({ cells, recommendations: recommend(cells), ...over });
  return renderAnswer(reportView(report), { colour: false, width, folder: 'results/x', exitCode: 0 });
}

const unscaled = { 'net.ipv4.ip_local_port_range': '32768 60999' };
const scaledClient = samplePeer({ sysctls: { ...samplePeer().sysctls, unscaled } });
const quickCell = () => sampleCell({ peers: { ...sampleCell().peers, client: scaledClient } });
const four = () => [
  quickCell(),
  sampleReuseCell(),
  sampleCell({ id: 'c', profile: 'wide-range' }),
  sampleReuseCell({ id: 'd', profile: 'wide-range+tw-reuse' }),
];

describe('the summary of a run', () => {
  it('has at most 25 lines for four settings, none wider than the terminal', () => {
    for (const width of [80, 100]) {
      const lines = answer(four(), {}, width).trimEnd().split('\n');
      if (width === 100) expect(lines.length).toBeLessThanOrEqual(25);
      expect(lines.filter((line) => line.length > width)).toEqual([]);
    }
  });

  it('has a row for each setting, with completed of attempted, and the errno as the heading', () => {
    const text = answer(four());
    expect(text).toMatch(/result +done +EADDRNOTAVAIL +ran out +connect\(\) p50/);
    expect(text).toMatch(/tw-reuse-0 \(base\) +exhausted +1,000\/2,400 +1,400 +5\.01 s +27 µs/);
    expect(text).toMatch(/tw-reuse-1 +healthy +2,400\/2,400 +0 +no /);
  });

  it('says what the quick form stands for, and gives figures of the real size', () => {
    const text = answer(four());
    expect(text).toContain('quick: 1,000 ports stand for 28,232, and 200/s is 12 times what 1,000 sustain');
    expect(text).toContain('for rates see "At real size"');
    expect(text).toMatch(/At real size +(?:1,000 ports.*\n +)?28,232 ports to one destination sustain 463\/s/);
    expect(answer([sampleCell({ form: 'full' })])).not.toContain('quick:');
  });

  it('never prints a port range of the quick form as a setting', () => {
    expect(answer(four())).not.toContain('32768 33767');
  });

  it('puts what spoils a figure beside it', () => {
    const load = { ...sampleCell().load, attempts: 2000, due: 2400, notStarted: 400 };
    const text = answer([sampleCell({ load }), sampleReuseCell({ disturbances: ['steal time'] })]);
    expect(text).toContain('exhausted*');
    expect(text).toContain('* 400 of 2,400 arrivals never started');
    expect(text).toContain('healthy†');
    expect(text).toContain('† other work on this machine disturbed it');
  });

  it('says under the table which setting of a file a row was measured without', () => {
    const note = 'a.conf:2: net.ipv4.tcp_tw_recycle = 1: not applied, removed: gone since 4.12';
    expect(answer([sampleCell({ explanation: [note, 'another note'] })], {}, 200)).toContain(`* ${note}\n`);
  });

  it('names what did not hold before the last lines', () => {
    const broken = sampleCell({
      expectations: [{ text: 'ports last', holds: false, observed: 'verdict = exhausted' }],
    });
    const lines = answer([broken]).trimEnd().split('\n');
    expect(lines.at(-3)).toContain('✗ short-conn.tw-reuse-0.1: expected ports last; verdict = exhausted');
    expect(lines.at(-2)).toMatch(/^FAIL {2}0 of 1 expectation, 1 of 1 ledger, 26 s, exit 0$/);
    expect(lines.at(-1)).toContain('results/x/report.html');
  });

  it('does not pass a run in which nothing was measured, and gives the reason', () => {
    const text = answer([sampleSkipped()]);
    expect(text).toContain('NOTHING MEASURED');
    expect(text).toContain('tcp_tw_recycle is gone since Linux 4.12');
    expect(text).not.toContain('PASS');
  });

  it('puts the variants of a scenario into one table', () => {
    const cells = ['one', 'two'].map((variant) => sampleCell({ id: variant, variant }));
    const text = answer(cells);
    expect(text.match(/result +done/g)).toHaveLength(1);
    expect(text).toMatch(/ {2}one \(base\) .*\n {2}two /);
  });

  it('does not call unseen failures 0', () => {
    const unseen = sampleCell({
      load: { ...sampleCell().load, failures: null },
      exhaustion: { ranOut: null, evidence: [] },
    });
    expect(answer([{ ...unseen, phases: { stretches: [] }, verdict: 'unknown' } as CellReport], {}, 200)).toMatch(
      /unknown\* +1,000\/2,400 +not counted +\? .*\?: nothing could see whether the ports ran out/s,
    );
  });

  it('gives the calls without a port where a witness counted those alone', () => {
    const base = sampleCell();
    const exhaustion = { ...base.exhaustion, ranOut: true, count: 500, evidence: [] };
    const cell = (load: object) =>
      ({ ...base, load: { ...base.load, failures: null, ...load }, exhaustion }) as CellReport;
    expect(answer([cell({})], {}, 200)).toMatch(/exhausted.* +1,000\/2,400 +500 or more /);
    // The kernel's own count has none of them.
    const counted = { attempts: 1000, countedBy: 'kernel' };
    expect(answer([cell(counted)], {}, 200)).toMatch(/exhausted.* +1,000\/1,500 +500 or more /);
  });
});
