import { describe, expect, it } from 'vitest';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { samplePlan } from '../../test/samples/plan.ts';
import {
  sampleCell,
  samplePeer,
  sampleReport,
  sampleReuseCell,
  sampleServer,
  sampleSkipped,
} from '../../test/samples/report.ts';
import { compareProfiles } from '../analysis/compare/compare-profiles.ts';
import { timelineCollector } from '../analysis/journal/timelines.ts';
import type { CellReport, Report } from '../model/report.ts';
import { doubtsAbout } from './doubts.ts';
import { reportView } from './view.ts';

const scenarioOf = (cells: CellReport[]) => {
  const [scenario] = reportView(sampleReport({ cells, comparisons: compareProfiles(cells) })).scenarios;
  if (scenario === undefined) throw new Error('no scenario');
  return scenario;
};

describe('reportView', () => {
  it('shows the repetition with the middle rate among those with the most frequent verdict', () => {
    const cell = (repetition: number, achieved: number, verdict: 'exhausted' | 'degraded') =>
      sampleCell({
        id: `r${repetition}`,
        repetition,
        verdict,
        load: { ...sampleCell().load, rate: { offered: 200, achieved, peak: null } },
      });
    const { columns } = scenarioOf([
      cell(1, 90, 'exhausted'),
      cell(2, 80, 'exhausted'),
      cell(3, 300, 'degraded'),
      cell(4, 85, 'exhausted'),
    ]);
    expect(columns[0]).toMatchObject({
      verdict: 'exhausted',
      verdictText: 'exhausted 3, degraded 1',
      shown: { id: 'r4' },
    });
  });

  it('shows variants of a scenario separately, profiles of one side by side', () => {
    const cells = [
      sampleCell({ variant: 'plan-a' }),
      sampleReuseCell({ variant: 'plan-a' }),
      sampleCell({ variant: 'plan-b' }),
    ];
    const { scenarios } = reportView(sampleReport({ cells }));
    expect(scenarios.map((s) => [s.name, s.columns.length])).toEqual([
      ['short-conn (plan-a)', 2],
      ['short-conn (plan-b)', 1],
    ]);
  });

  it('shows no figure of a cell whose ledger does not balance', () => {
    const { rows } = scenarioOf([sampleCell(), sampleReuseCell({ verdict: 'invalid' })]);
    expect(rows.find((row) => row.metric === 'client.timeWait.peak')?.values.map((value) => value.text)).toEqual([
      '1,000',
      '—',
    ]);
  });

  it('sums peers of a role with a count in one row', () => {
    const peers = { client1: samplePeer(), client2: samplePeer(), server: sampleServer() };
    const { rows } = scenarioOf([sampleCell({ peers })]);
    expect(rows.find((row) => row.label === 'TIME_WAIT peak')).toMatchObject({
      side: 'client',
      values: [{ value: 2000 }],
    });
  });

  it('a skipped profile keeps its column and its reason', () => {
    expect(scenarioOf([sampleCell(), sampleSkipped()]).columns[1]).toMatchObject({
      shown: null,
      reason: expect.stringContaining('4.12'),
    });
  });
});

describe('published figures', () => {
  const wrkTomcat = (cells: CellReport[]) => {
    const collector = timelineCollector();
    for (const { id } of cells) {
      collector.add({ type: 'cell', t: 0, cell: id, plan: samplePlan(id, scenarioNamed('wrk-tomcat')) });
    }
    return reportView(sampleReport({ cells }), collector.result()).scenarios[0];
  };

  it('are shown next to ours, with the change of each, and every count of TIME_WAIT per 1,000 connections too', () => {
    const rows = wrkTomcat([sampleCell(), sampleReuseCell()])?.published?.rows ?? [];
    const label = 'TIME_WAIT (+1 SYN_SENT; +1 CLOSING)';
    expect(rows).toContainEqual(['client', label, '11,782', '7,018', '−40 %', '1,000', '510', '−49 %']);
    const perThousand = ['client', 'TIME_WAIT per 1,000 connections', '—', '—', '—', '1,000', '212.5', '−79 %'];
    expect(rows).toContainEqual(perThousand);
    expect(rows).toContainEqual(['client', 'conntrack TIME_WAIT', '21,081', '—', '—', '—', '—', '—']);
    expect(rows.filter(([, state = '']) => state.includes('per 1,000'))).toHaveLength(4);
  });

  it('are absent where nobody has published any', () => {
    expect(scenarioOf([sampleCell()]).published).toBeNull();
  });
});

describe('notes of the table', () => {
  it('name the states that only dumps have read', () => {
    const states = { ...samplePeer().states, FIN_WAIT2: { peak: 3, atEnd: 0, mean: 1, source: 'dumps' as const } };
    const { notes } = scenarioOf([sampleCell({ peers: { client: samplePeer({ states }) } })]);
    expect(notes).toEqual([
      'Peaks of FIN_WAIT2 come from state dumps, at most one per second; shorter peaks are not seen.',
    ]);
  });

  it('say where TIME_WAIT changed only in proportion to the load', () => {
    const timeWait = { created: 640, recycled: 0, overflowed: 0, peak: 640, live: 640 };
    const slower = sampleReuseCell({
      peers: { client: samplePeer({ timeWait }) },
      load: { ...sampleCell().load, connected: 640 },
    });
    expect(scenarioOf([sampleCell(), slower]).notes[0]).toContain('fell by 36 %, and so did connections (−36 %)');
  });
});

describe('doubtsAbout', () => {
  const doubts = (over: Partial<Report>) => doubtsAbout(sampleReport(over)).join('\n');

  it('none where there is no reason to doubt the figures', () => {
    expect(doubts({})).toBe('');
  });

  it('names each reason with its cells', () => {
    const setting = { requested: { 'net.ipv4.tcp_tw_reuse': '1' }, effective: { 'net.ipv4.tcp_tw_reuse': '2' } };
    const sampler = { ticks: 100, missed: 20, late: 0, meanCostMs: 1, maxCostMs: 2 };
    expect(doubts({ cells: [sampleCell({ peers: { client: samplePeer({ sysctls: setting }) } })] })).toContain(
      'read back differs',
    );
    expect(doubts({ cells: [sampleCell({ peers: { client: samplePeer({ sampler }) } })] })).toContain(
      'missed more than 5 %',
    );
    expect(doubts({ cells: [sampleCell({ id: 'x', disturbances: ['PSI'] })] })).toContain('x: disturbed');
    expect(doubts({ cells: [sampleCell({ ledger: { closes: false, identities: [] } })] })).toContain(
      'ledger does not balance',
    );
    const rate = { offered: 5_000_000, achieved: 29_375, peak: null };
    const offer = sampleReuseCell({ id: 'y', load: { ...sampleReuseCell().load, rate } });
    expect(doubts({ cells: [offer] })).toContain('y: half or more of the offered load was never generated');
    expect(doubts({ run: { ...sampleReport().run, interrupted: true } })).toContain('interrupted');
  });

  it('white space in a sysctl does not count', () => {
    const range = {
      requested: { 'net.ipv4.ip_local_port_range': '1024 65535' },
      effective: { 'net.ipv4.ip_local_port_range': '1024\t65535' },
    };
    expect(doubts({ cells: [sampleCell({ peers: { client: samplePeer({ sysctls: range }) } })] })).toBe('');
  });
});
