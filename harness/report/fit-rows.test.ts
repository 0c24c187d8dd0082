import { expect, it } from 'vitest';
import { sampleReport } from '../../test/samples/report.ts';
import type { Fit } from '../model/fit.ts';
import { Report } from '../model/report.ts';
import { exporters } from './exporters.ts';
import { renderAnswer } from './text/answer-lines.ts';
import { renderTerminal } from './text/terminal.ts';
import { reportView } from './view.ts';

const sample = sampleReport();
const [cell] = sample.cells;
const fit: Fit = {
  ...{ scenario: cell?.scenario ?? '', profile: cell?.profile ?? '', form: cell?.form ?? 'quick' },
  ...{ source: 'container api-7', fits: false, sentence: 'it does not reproduce the observation' },
  figures: [
    { figure: 'rate', label: 'connections', observed: 40, reproduced: 60, difference: 0.5, isNear: false },
    { figure: 'plateau', label: 'TIME_WAIT plateau', observed: 900, reproduced: null, difference: null, isNear: null },
    { figure: 'closedFirst', label: 'closed first', observed: 0.5, reproduced: 1, difference: 0.5, isNear: false },
  ],
};
const view = reportView(Report.parse({ ...sample, fits: [fit] }), new Map());
const rendered = (format: string) => exporters.find((one) => one.format === format)?.render(view) ?? '';

it.each<[string, string]>([
  ['terminal', renderAnswer(view, { colour: false })],
  ['terminal, all figures', renderTerminal(view, { colour: false })],
  ['html', rendered('html')],
  ['markdown', rendered('markdown')],
  ['json', rendered('json')],
])('%s says how well a saved load repeats the observation', (_, text) => {
  expect(text).toContain('it does not reproduce the observation');
});

it.each(['html', 'markdown'])('%s has observed and reproduced figures side by side', (format) => {
  const row =
    format === 'html' ? /connections<.*40\/s<.*60\/s<.*\+50 %<.*no</ : /connections +\| +40\/s \| +60\/s \| +\\?\+50 %/;
  expect(rendered(format)).toMatch(row);
  expect(rendered(format)).toContain('not measured');
  expect(rendered(format)).toContain('50 points');
});

it('a run of another scenario has none', () => {
  expect(reportView(sample, new Map()).scenarios.map((one) => one.fit)).toEqual([null]);
});
