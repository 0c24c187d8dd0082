import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../harness/cli/exit-code-of.ts';
import { writeReports } from '../../harness/cli/write-reports.ts';
import { Report } from '../../harness/model/report.ts';
import { renderAnswer } from '../../harness/report/text/answer-lines.ts';
import { renderTerminal } from '../../harness/report/text/terminal.ts';
import type { ReportView } from '../../harness/report/view.ts';
import { readRunFolder } from '../../harness/run/run-reader.ts';
import { fakeRuntime } from '../../harness/runtime/fake/fake.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { runScenario } from '../run-scenario.ts';

/** Gates of a run, from the file's text to every output that shows them. */
const gates = [
  { name: 'no port runs out', holds: 'load.failures.EADDRNOTAVAIL == 0' },
  { holds: 'server.timeWait.created == 0' },
];
const profileNames = ['tw-reuse-0', 'tw-reuse-1'];
const brokenGate = 'no port runs out (load.failures.EADDRNOTAVAIL == 0)';
const observed = 'load.failures.EADDRNOTAVAIL = 2,000';

let ran: { report: Report; view: ReportView; folder: string };
beforeAll(async () => {
  ran = await runScenario(fakeRuntime(), scenarioNamed('short-conn'), { profileNames, gates });
});

function everyOutput(view: ReportView) {
  const out = mkdtempSync(join(tmpdir(), 'timewait-lab-gates-'));
  const read = (name: string) => readFileSync(join(out, name), 'utf8');
  return writeReports(out, view, { formats: ['json', 'markdown', 'html', 'junit'], replace: false }).then(() => ({
    'report.json': read('report.json'),
    'report.md': read('report.md'),
    'report.html': read('report.html'),
    'junit.xml': read('junit.xml'),
    terminal: renderTerminal(view, { colour: false, folder: out, width: 200 }),
  }));
}

describe('a broken gate', () => {
  it('is in every output, with its figures', async () => {
    const outputs = await everyOutput(ran.view);
    const inXml = (text: string) => text.replaceAll('"', '&quot;');
    expect(JSON.parse(outputs['report.json']).gates).toContainEqual({
      gate: brokenGate,
      cell: 'short-conn/tw-reuse-0/1',
      scenario: 'short-conn',
      profile: 'tw-reuse-0',
      state: 'broken',
      observed,
    });
    expect(Report.parse(JSON.parse(outputs['report.json'])).gates).toHaveLength(4);
    expect(outputs['junit.xml']).toContain(`<failure message="${inXml(observed)}" type="gate"/>`);
    for (const name of ['report.md', 'report.html', 'terminal'] as const) {
      expect(outputs[name].replaceAll('\\', ''), name).toContain('gates: 3 held, 1 broken');
      expect(outputs[name].replaceAll('\\', ''), name).toContain(
        `${brokenGate} in short-conn/tw-reuse-0/1: ${observed}`,
      );
    }
  });

  it('is a test case for each cell in junit.xml, as are gates that hold', async () => {
    const { 'junit.xml': xml } = await everyOutput(ran.view);
    expect(xml.match(/<testcase [^>]*name="gate: /g)).toHaveLength(4);
  });

  it('is last on the terminal, and red', () => {
    const text = renderTerminal(ran.view, { colour: true, folder: 'results/x', width: 200 });
    const lines = text.trimEnd().split('\n');
    expect(lines.at(-1)).toBe(`\u001b[31mgate broken: ${brokenGate} in short-conn/tw-reuse-0/1: ${observed}\u001b[39m`);
    expect(lines.at(-2)).toBe('gates: 3 held, 1 broken');
    expect(lines.at(-3)).toBe('reports: results/x');
  });

  it('is above the last line of the summary, which says FAIL', () => {
    const lines = renderAnswer(ran.view, { colour: false, width: 200 }).trimEnd().split('\n');
    expect(lines.at(-2)).toContain(`${brokenGate} in short-conn/tw-reuse-0/1: ${observed}`);
    expect(lines.at(-1)).toMatch(/^FAIL .*3 of 4 gates/);
  });

  it('decides the exit code', () => {
    expect(exitCodeOf(ran.report)).toBe(1);
  });

  it('can be shown from the journal alone', async () => {
    const again = (await readRunFolder(ran.folder)).result();
    expect(again.report.gates).toEqual(ran.report.gates);
    expect(again.view.gates).toEqual(ran.view.gates);
  });
});

it('reports gates that hold', async () => {
  const { view } = await runScenario(fakeRuntime(), scenarioNamed('short-conn'), {
    profileNames: ['tw-reuse-1'],
    gates,
  });
  expect(renderTerminal(view, { colour: false }).trimEnd()).toMatch(/\ngates: 2 held$/);
});

it('does not mention gates in a run without any', async () => {
  const { report, view } = await runScenario(fakeRuntime(), scenarioNamed('short-conn'), { profileNames });
  expect(report.gates).toBeUndefined();
  expect(renderTerminal(view, { colour: false })).not.toContain('gate');
});
