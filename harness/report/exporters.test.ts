import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { sampleJournal } from '../../test/samples/journal.ts';
import { samplePlan } from '../../test/samples/plan.ts';
import { sampleCell, samplePeer, sampleReport, sampleReuseCell, sampleSkipped } from '../../test/samples/report.ts';
import { compareProfiles } from '../analysis/compare/compare-profiles.ts';
import { timelineCollector } from '../analysis/journal/timelines.ts';
import type { GateResult } from '../model/gates.ts';
import type { Report } from '../model/report.ts';
import type { Scenario } from '../model/scenario.ts';
import { exporters } from './exporters.ts';
import { renderTerminal } from './text/terminal.ts';
import { reportView } from './view.ts';

const docs = readFileSync(new URL('../../docs/report.md', import.meta.url), 'utf8');
const nasty = '<script>alert(1)</script>';

/** `scenario`: what the journal says that the cells are of. */
function view(over: Partial<Report> = {}, scenario?: Scenario) {
  const report = sampleReport(over);
  report.comparisons = compareProfiles(report.cells);
  const collector = timelineCollector();
  for (const { id } of report.cells) {
    if (scenario !== undefined) collector.add({ type: 'cell', t: 0, cell: id, plan: samplePlan(id, scenario) });
    for (const line of sampleJournal(id)) collector.add(line);
  }
  return reportView(report, collector.result());
}

const render = (format: string, of = view()) => {
  const exporter = exporters.find((e) => e.format === format);
  if (exporter === undefined) throw new Error(`no ${format}`);
  return exporter.render(of);
};

describe('every exporter', () => {
  it.each(exporters.map((e) => e.format))('%s keeps names as text', (format) => {
    const failures = [{ errno: nasty, phase: 'connect' as const, count: 3 }];
    const nastyView = view({
      cells: [
        sampleCell({ scenario: nasty, profile: nasty, load: { ...sampleCell().load, failures } }),
        sampleSkipped({ scenario: nasty, reason: nasty, profile: `${nasty}2` }),
      ],
      recommendations: [{ scenario: nasty, action: nasty, because: nasty }],
      host: { ...sampleReport().host, cpu: nasty },
    });
    const text = render(format, nastyView);
    if (['html', 'markdown', 'junit', 'svg'].includes(format)) {
      expect(text.replace(/<!\[CDATA\[.*?\]\]>/gs, '')).not.toContain('<script>alert');
    }
    expect(text.length).toBeGreaterThan(10);
  });

  it('has a format and a file of its own', () => {
    expect(new Set(exporters.map((e) => e.format)).size).toBe(exporters.length);
    expect(new Set(exporters.map((e) => e.fileName)).size).toBe(exporters.length);
  });

  it.each(exporters.map((e) => [e.format, e.fileName]))('%s has its row in docs/report.md', (format, fileName) => {
    expect(docs).toContain(`\n| \`${fileName}\` | \`${format}\` | `);
  });

  it.each(exporters.map((e) => e.format))('%s renders a report without cells', (format) => {
    expect(() => render(format, view({ cells: [] }))).not.toThrow();
  });
});

describe('terminal', () => {
  it('has side, state and profile, and the change against the first profile', () => {
    const text = renderTerminal(view(), { colour: false });
    expect(text).toMatch(/client\s+ESTABLISHED peak/);
    expect(text).toMatch(/TIME_WAIT peak\s+1,000\s+510\s+−49 % \?/);
    expect(text).toMatch(/EADDRNOTAVAIL\s+1,400\s+0\s+−100 %/);
    expect(text).toContain('net.ipv4.tcp_tw_recycle is gone since Linux 4.12');
  });

  it('has no escape codes without colour, and the same text with it', () => {
    const plain = renderTerminal(view(), { colour: false });
    const coloured = renderTerminal(view(), { colour: true });
    expect(plain).not.toContain('\u001b');
    expect(coloured).toContain('\u001b');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape codes of colours
    expect(coloured.replace(/\u001b\[[0-9;]*m/g, '')).toBe(plain);
  });

  it.each([60, 80, 120])('no line of the text is wider than %d columns', (width) => {
    const many = view({
      cells: ['a', 'b', 'c', 'd', 'e'].map((p) => sampleReuseCell({ profile: `profile-${p}`, id: p })),
    });
    const wide = renderTerminal(many, { colour: false, width })
      .split('\n')
      .filter((line) => line.length > width);
    expect(wide).toEqual([]);
  });

  it('the published figures are shown next to ours', () => {
    const text = renderTerminal(view({}, scenarioNamed('wrk-tomcat')), { colour: false, width: 140 });
    expect(text).toMatch(/TIME_WAIT\s+19,980\s+13,628\s+−32 %/);
    expect(text).toMatch(/client\s+TIME_WAIT per 1,000 connections\s+—\s+—\s+—\s+1,000\s+212\.5/);
  });
});

describe('settings', () => {
  const sysctls = {
    requested: { 'net.ipv4.tcp_tw_reuse': '0' },
    effective: { 'net.ipv4.tcp_tw_reuse': '0', 'net.core.somaxconn': '4096' },
    defaults: { 'net.ipv4.tcp_tw_reuse': '2', 'net.core.somaxconn': '4096' },
  };
  const { client, server } = sampleCell().peers;
  const cell = sampleCell({
    peers: { client: { ...samplePeer(client), sysctls }, server: { ...samplePeer(server), sysctls } },
  });

  it('that differ from the kernel default are listed under every column', () => {
    expect(renderTerminal(view({ cells: [cell] }), { colour: false })).toMatch(
      /settings +net\.ipv4\.tcp_tw_reuse = 0 \(kernel default 2\)/,
    );
    expect(render('markdown', view({ cells: [cell] }))).toMatch(
      /\| settings \| net\.ipv4\.tcp\\_tw\\_reuse *\| *0 \(kernel default 2\) \|/,
    );
    const page = render('html', view({ cells: [cell] }));
    expect(page).toContain('<code>net.ipv4.tcp_tw_reuse</code></th><td>0 (kernel default 2)</td>');
    expect(page).not.toContain('<code>net.core.somaxconn</code></th><td>4096 (kernel');
  });
});

describe('gates', () => {
  const gates: GateResult[] = [
    {
      gate: 'verdict == healthy',
      cell: 'c1',
      scenario: 's',
      profile: 'p',
      state: 'broken',
      observed: 'verdict = exhausted',
    },
    {
      gate: 'verdict == healthy',
      cell: 'c2',
      scenario: 's',
      profile: 'p',
      state: 'held',
      observed: 'verdict = healthy',
    },
  ];
  it.each(['markdown', 'html'])('%s lists the broken ones, with figures', (format) => {
    const text = render(format, view({ gates }));
    expect(text).toContain('gates: 1 held, 1 broken');
    expect(text).toContain('verdict = exhausted');
  });
  it('terminal too', () => {
    expect(renderTerminal(view({ gates }), { colour: false })).toContain(
      'gate broken: verdict == healthy in c1: verdict = exhausted',
    );
  });
});

describe('junit', () => {
  it('a testcase for each expectation and gate, skips and failures visible', () => {
    const failing = sampleCell({
      expectations: [{ text: 'ports last', holds: false, observed: 'load.failures = 1,400' }],
    });
    const gates: GateResult[] = [
      {
        gate: 'verdict == healthy',
        cell: failing.id,
        scenario: 's',
        profile: 'p',
        state: 'broken',
        observed: 'verdict = exhausted',
      },
    ];
    const xml = render('junit', view({ cells: [failing, sampleSkipped()], gates }));
    expect(xml).toContain('<failure message="load.failures = 1,400" type="expectation"/>');
    expect(xml).toContain('<failure message="verdict = exhausted" type="gate"/>');
    expect(xml).toContain('<skipped/>');
    expect(xml).toContain('tcp_tw_recycle is gone');
    expect(xml).toMatch(/failures="2"/);
  });

  it('characters that XML cannot hold are replaced', () => {
    const xml = render('junit', view({ cells: [sampleSkipped({ reason: 'a\u0000b\u001bc]]><x>' })] }));
    expect(xml).toContain('<![CDATA[a?b?c]] ><x>]]>');
  });
});

describe('openmetrics', () => {
  it('is grouped by family, typed and ends with EOF', () => {
    const lines = render('openmetrics').trimEnd().split('\n');
    expect(lines.at(-1)).toBe('# EOF');
    expect(lines).toContain(
      'timewait_time_wait_peak{scenario="short-conn",profile="tw-reuse-0",repetition="1",form="quick",role="client"} 1000',
    );
    const families = lines.filter((l) => l.startsWith('# TYPE')).map((l) => l.split(' ')[2]);
    expect(new Set(families).size).toBe(families.length);
    for (const line of lines) expect(line).toMatch(/^(# (TYPE|HELP|EOF)|timewait_[a-z0-9_]+\{[^\n]*\} -?[\d.e+-]+$)/);
    const keys = lines.filter((l) => !l.startsWith('#')).map((l) => l.slice(0, l.lastIndexOf(' ')));
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('csv', () => {
  it('has one line per reading, none for what was not read', () => {
    const lines = render('csv').split('\r\n');
    expect(lines[0]).toBe('cell,role,seconds,series,value');
    expect(lines).toContain('short-conn.tw-reuse-0.1,client,0,tw,0');
    expect(lines.every((line) => line === '' || line.split(',').length === 5)).toBe(true);
    expect(lines.some((line) => /null|undefined|NaN/.test(line))).toBe(false);
  });
});

describe('action-benchmark', () => {
  it('is a list of figures where smaller is better', () => {
    const entries = JSON.parse(render('action-benchmark')) as { name: string; value: number; unit: string }[];
    expect(entries).toContainEqual(
      expect.objectContaining({ name: 'short-conn / tw-reuse-0 / client.timeWait.peak', value: 1000 }),
    );
    expect(entries.every((e) => Number.isFinite(e.value))).toBe(true);
  });
});
