import { markdownTable } from 'markdown-table';
import { settingLabel, settingText } from '../../analysis/cell/settings.ts';
import { duration, figure } from '../../model/figure.ts';
import type { Verdict } from '../../model/vocabulary.ts';
import { type Answer, answersOf } from '../answer/answer.ts';
import { checksText, outcomeOf } from '../answer/outcome.ts';
import type { TableValue } from '../comparison-table.ts';
import type { Exporter } from '../exporter.ts';
import { fitRows } from '../fit-rows.ts';
import { unusualRights } from '../program-rights.ts';
import type { ProfileColumn, ReportView, ScenarioView } from '../view.ts';
import { budgetLine, cellLabel, closedFirstLine, gateLines, ledgerLine, loadLine, phasesLine } from './cell-lines.ts';

/** Renders on GitHub, in a job summary or a wiki page. */
export const markdown: Exporter = { format: 'markdown', fileName: 'report.md', render };

const badges: Record<Verdict, string> = {
  healthy: '🟢',
  degraded: '🟡',
  overflow: '🟡',
  exhausted: '🔴',
  leaking: '🔴',
  inconclusive: '🟡',
  unknown: '🟡',
  invalid: '⚫',
  skipped: '⚪',
  failed: '⚫',
};

function render(view: ReportView): string {
  const { host, run } = view.report;
  const totals = view.totals.map(([verdict, n]) => `${badges[verdict]} ${figure(n)} ${verdict}`).join(' · ');
  const where = [
    `Linux ${host.kernel ?? 'unknown'} · ${host.cores} cores · ${host.runtime} · ${run.form} form`,
    ...unusualRights(host.programs),
  ].join(' · ');
  const doubts =
    view.doubts.length === 0 ? [] : ['> [!WARNING]', ...view.doubts.map((doubt) => `> - ${escapeMarkdown(doubt)}`), ''];
  const answers = answersOf(view);
  const outcome = outcomeOf(view.report);
  const result = { pass: '✅ **PASS**', fail: '❌ **FAIL**', none: '⚪ **Nothing measured**' }[outcome.result];
  const finding = answers.length === 1 ? (answers[0]?.finding ?? '') : `${figure(answers.length)} scenarios`;
  return `${[
    `# ${escapeMarkdown(finding)}`,
    '',
    `${result} ${checksText(outcome)} · ${totals}`,
    '',
    ...outcome.broken.slice(0, 20).map((line) => `- ❌ ${escapeMarkdown(line)}`),
    ...(outcome.broken.length > 0 ? [''] : []),
    ...answers.flatMap((answer) => answerMarkdown(answer, answers.length === 1)),
    ...doubts,
    ...gates(view),
    ...view.scenarios.flatMap(renderScenario),
    `<sub>${escapeMarkdown(`${where} · ${run.startedAt} · ${duration(run.durationMs)} · run ${run.id}`)}</sub>`,
  ].join('\n')}\n`;
}

function gates(view: ReportView): string[] {
  const [summary] = gateLines(view.gates);
  return summary === undefined ? [] : [escapeMarkdown(summary), ''];
}

/** The answer of a scenario: a row for each setting, what to do, the same at real size. */
function answerMarkdown(answer: Answer, isOnly: boolean): string[] {
  const item = (text: string) => `- ${escapeMarkdown(text)}`;
  const head = ['setting', 'result', 'done', answer.failureHead, 'ran out', 'connect() p50', 'what it means'];
  const rows = answer.rows.map((row) => [
    `${badges[row.verdict]} ${row.result}`,
    row.done,
    row.failures,
    row.ranOut,
    row.connect,
    row.meaning,
  ]);
  const cells = rows.map((row, i) => {
    const { label = '', settings = '' } = answer.rows[i] ?? {};
    const setting = settings === '' ? '' : `<br><sub>${escapeMarkdown(settings)}</sub>`;
    return [`${escapeMarkdown(label)}${setting}`, ...row.map(escapeMarkdown)];
  });
  const advice = answer.todo.map(({ action, figure: found, costs, commands }, i) => {
    const shown = commands.map((command) => ` \`${command}\``).join(',');
    return `${i + 1}. **${escapeMarkdown(action)}**: ${escapeMarkdown([found, ...costs].join('; '))}${shown}`;
  });
  const about = [answer.title, answer.load].filter((text) => text !== null).join('; ');
  return [
    ...(isOnly ? [] : [`**${escapeMarkdown(answer.finding)}**`, '']),
    escapeMarkdown(`${answer.scenario}: ${about}`),
    '',
    ...(answer.quick === null ? [] : [escapeMarkdown(answer.quick), '']),
    markdownTable([head.map(escapeMarkdown), ...cells], { align: ['l', 'l', 'r', 'r', 'r', 'r', 'l'] }),
    '',
    ...answer.caveats.map(({ mark, text }) => `${escapeMarkdown(mark)} ${escapeMarkdown(text)}  `),
    ...(answer.caveats.length > 0 ? [''] : []),
    ...(answer.fit.length > 0 ? ['**Fit**', '', ...answer.fit.map(item), ''] : []),
    ...(advice.length > 0 ? ['**Do**', '', ...advice, ''] : []),
    ...(answer.atRealSize.length > 0 ? ['**At real size, calculated**', '', ...answer.atRealSize.map(item), ''] : []),
    ...(answer.why.length > 0 ? ['**Why**', '', ...answer.why.map(item), ''] : []),
  ];
}

function renderScenario(scenario: ScenarioView): string[] {
  const lines = [`## ${escapeMarkdown(scenario.name)}`, ''];
  if (scenario.title !== null) lines.push(escapeMarkdown(scenario.title), '');
  const header = ['side', 'figure', ...scenario.columns.map((column) => escapeMarkdown(column.label))];
  const verdict = [
    '',
    'verdict',
    ...scenario.columns.map((c) => `${badges[c.verdict]} **${escapeMarkdown(c.verdictText)}**`),
  ];
  const rows = scenario.rows.map((row) => [
    escapeMarkdown(row.side),
    escapeMarkdown(row.label),
    ...row.values.map(value),
  ]);
  const settings = scenario.settings.map((row, i) => [
    i === 0 ? 'settings' : '',
    escapeMarkdown(settingLabel(row)),
    ...row.values.map((value) => (value === null ? '—' : escapeMarkdown(settingText(value)))),
  ]);
  const align = ['l', 'l', ...scenario.columns.map(() => 'r')];
  lines.push(markdownTable([header, verdict, ...rows, ...settings], { align }), '');
  const note = legend(scenario);
  if (note !== null) lines.push(`<sub>${note}</sub>`, '');
  lines.push(...scenario.notes.map((text) => `- ${escapeMarkdown(text)}`), ...(scenario.notes.length > 0 ? [''] : []));
  const theirs = scenario.published;
  if (theirs !== null) {
    const table = [theirs.header, ...theirs.rows].map((row) => row.map(escapeMarkdown));
    lines.push('### Published figures', '', `${escapeMarkdown(theirs.caption)}.`, '');
    lines.push(markdownTable(table, { align: ['l', 'l', 'r', 'r', 'r', 'r', 'r', 'r'] }), '');
  }
  if (scenario.fit !== null) {
    const { caption, header, rows } = fitRows(scenario.fit);
    const table = [header, ...rows].map((row) => row.map(escapeMarkdown));
    lines.push('### Observed and reproduced', '', `${escapeMarkdown(caption)}.`, '');
    lines.push(markdownTable(table, { align: ['l', 'r', 'r', 'r', 'l'] }), '');
  }
  if (scenario.recommendations.length > 0) {
    const items = scenario.recommendations.map(
      (r) => `- **${escapeMarkdown(r.action)}**: ${escapeMarkdown(r.because)}`,
    );
    lines.push('### Advice with all figures', '', ...items, '');
  }
  lines.push(...scenario.columns.flatMap(details));
  return lines;
}

function value({ text, change, outcome, basis }: TableValue): string {
  if (change === null) return escapeMarkdown(text);
  const strong = outcome === 'better' || outcome === 'worse';
  const mark = outcome === 'noise' ? ' ~' : strong && basis === 'untested' ? ' ?' : '';
  return `${escapeMarkdown(text)} (${strong ? `**${escapeMarkdown(change)}**` : escapeMarkdown(change)}${mark})`;
}

function legend(scenario: ScenarioView): string | null {
  if (scenario.columns.length < 2) return null;
  const base = scenario.columns[0]?.profile ?? '';
  return `Change against ${escapeMarkdown(base)}. <code>~</code> within the scatter of the repetitions; <code>?</code> too few repetitions to test.`;
}

function details(column: ProfileColumn): string[] {
  const summary = `${badges[column.verdict]} ${escapeMarkdown(column.label)}: ${escapeMarkdown(column.verdictText)}`;
  const cell = column.shown;
  if (cell === null) return [`- ${summary}${column.reason === null ? '' : `: ${escapeMarkdown(column.reason)}`}`, ''];
  const item = (label: string, text: string | null) => (text === null ? [] : [`- ${label}: ${escapeMarkdown(text)}`]);
  return [
    '<details>',
    `<summary>${summary}</summary>`,
    '',
    ...(column.cells.length > 1 ? [`_${escapeMarkdown(cellLabel(cell, column.cells.length))}_`, ''] : []),
    ...item('Reason', cell.reason ?? null),
    ...item('Load', loadLine(cell)),
    ...item('Phases', phasesLine(cell)),
    ...item('Budget', budgetLine(cell)),
    ...item('Ledger', ledgerLine(cell)),
    ...item('Closed first', closedFirstLine(cell)),
    ...cell.evidence.map((text) => `- ${escapeMarkdown(text)}`),
    ...cell.explanation.map((text) => `- ${escapeMarkdown(text)}`),
    ...cell.load.blindSpots.flatMap((text) => item('Not seen', text)),
    ...cell.expectations.map(
      (e) => `- ${e.holds ? '✅' : '❌'} ${escapeMarkdown(e.text)} (${escapeMarkdown(e.observed)})`,
    ),
    '',
    '</details>',
    '',
  ];
}

/** Text that stays text: no markup of Markdown or HTML in names, errnos and readings takes effect. */
export function escapeMarkdown(text: string): string {
  const entities = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return (
    entities
      .replace(/[\\`*_[\]|~#]/g, '\\$&')
      .replace(/\s*[\n\r\u2028\u2029]\s*/g, ' ')
      .replace(/@/g, '&#64;')
      // GitHub makes links of bare addresses.
      .replace(/:(?=\/\/)/g, '&#58;')
      .replace(/\bwww\./gi, (www) => `${www.slice(0, 3)}&#46;`)
  );
}
