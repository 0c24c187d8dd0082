import { settingLabel, settingText } from '../../analysis/cell/settings.ts';
import { figure, withUnit } from '../../model/figure.ts';
import { readNumber, unitOf } from '../../model/metrics.ts';
import type { Verdict } from '../../model/vocabulary.ts';
import { ribbonStretches } from '../charts/ribbon.ts';
import type { TableRow, TableValue } from '../comparison-table.ts';
import { fitRows } from '../fit-rows.ts';
import type { ProfileColumn, ScenarioView } from '../view.ts';
import { connectionDiagrams } from './connection-diagram.ts';
import { type Markup, markup } from './markup.ts';

/** A shape as well as a colour, so that verdicts can be distinguished in print and by colour-blind readers. */
const shapes: Record<Verdict, string> = {
  healthy: '●',
  degraded: '◐',
  overflow: '◒',
  exhausted: '■',
  leaking: '▲',
  inconclusive: '◌',
  unknown: '◌',
  invalid: '✕',
  skipped: '○',
  failed: '✕',
};

export function verdictChip(verdict: Verdict, text: string): Markup {
  return markup`<span class="chip ${verdict}">${shapes[verdict]} ${text}</span>`;
}

/** One scenario: the answer, profiles side by side, the table, overlaid charts, details of each. */
export function scenarioSection(
  scenario: ScenarioView,
  answer: Markup,
  overlays: readonly Markup[],
  details: readonly Markup[],
): Markup {
  return markup`
<section id="${scenario.id}">
  <h2>${scenario.name} <small>${scenario.form} form</small></h2>
  ${scenario.title !== null && markup`<p class="lead">${scenario.title}</p>`}
  ${scenario.story !== null && markup`<details class="story"><summary>What this shows</summary><p>${scenario.story}</p></details>`}
  ${answer}
  <h3>Profiles</h3>
  <div class="cards">${scenario.columns.map((column, i) => card(column, i, scenario))}</div>
  ${scenario.rows.length > 0 && comparison(scenario)}
  ${scenario.recommendations.length > 0 && recommendations(scenario)}
  ${publishedTable(scenario)}${fitTable(scenario)}
  ${overlays.length > 0 && markup`<h3>Profiles overlaid</h3><div class="charts">${overlays}</div>`}
  ${connectionDiagrams(scenario.columns.flatMap(({ label, shown }) => (shown === null ? [] : [{ name: label, cell: shown }])))}
  <h3>Each profile</h3>
  ${details}
</section>`;
}

function card(column: ProfileColumn, index: number, scenario: ScenarioView): Markup {
  const cell = column.shown;
  const top = topTimeWait(scenario);
  const shown: [label: string, metric: string][] = [
    ['completed', 'load.rate.achieved'],
    ...(top === undefined ? [] : [[`TIME_WAIT at ${top.side}`, top.metric] satisfies [string, string]]),
    ['failures', 'load.failures'],
  ];
  const figures = shown.flatMap(([label, metric]) => {
    const value = cell === null ? null : readNumber(cell, metric);
    return value === null ? [] : [markup`<div><dt>${label}</dt><dd>${withUnit(value, unitOf(metric))}</dd></div>`];
  });
  const failure = cell?.load.failures?.[0];
  return markup`
<article class="card">
  <h3><span class="swatch s${index}"></span>${column.label}</h3>
  <p>${verdictChip(column.verdict, column.verdictText)}${column.cells.length > 1 && markup` <small>${figure(column.cells.length)} repetitions</small>`}</p>
  ${column.reason !== null && markup`<p class="reason">${column.reason}</p>`}
  <dl>${figures}</dl>
  ${failure !== undefined && markup`<p class="errno">${failure.errno} in ${failure.phase}, ${figure(failure.count)} times</p>`}
  ${cell !== null && ribbon(cell)}
</article>`;
}

function ribbon(cell: NonNullable<ProfileColumn['shown']>): Markup | null {
  const stretches = ribbonStretches(cell);
  if (stretches.length === 0) return null;
  const text = stretches.map((s) => s.text).join(', ');
  return markup`<svg class="ribbon" role="img" aria-label="${text}" preserveAspectRatio="none"><title>${text}</title>${stretches.map(
    (s) => markup`<rect class="${s.phase}" x="${s.from}%" width="${s.width}%" height="100%"></rect>`,
  )}</svg><p class="phases">${text}</p>`;
}

/** The peer with the most TIME_WAITs. */
function topTimeWait(scenario: ScenarioView): TableRow | undefined {
  const rows = scenario.rows.filter((row) => row.metric.endsWith('.timeWait.peak'));
  const peak = (row: TableRow) => Math.max(...row.values.map((value) => value.value ?? 0));
  return rows.sort((a, b) => peak(b) - peak(a))[0];
}

function recommendations({ recommendations: list }: ScenarioView): Markup {
  return markup`<div class="todo"><h3>Advice with all figures</h3><ul>${list.map((r) => markup`<li><strong>${r.action}</strong> ${r.because}</li>`)}</ul></div>`;
}

function comparison(scenario: ScenarioView): Markup {
  const base = scenario.columns[0]?.profile ?? '';
  let side = '';
  const rows = scenario.rows.map((row) => {
    const first = row.side !== side;
    side = row.side;
    const span = scenario.rows.filter((r) => r.side === row.side).length;
    return markup`<tr class="${first ? 'first' : ''}">${first && markup`<th scope="rowgroup" rowspan="${span}">${row.side}</th>`}<th scope="row">${row.label}</th>${row.values.map(value)}</tr>`;
  });
  return markup`
<h3>Comparison</h3>
<div class="scroll" tabindex="0" role="region" aria-label="Comparison table"><table class="compare">
<thead><tr><th>side</th><th>figure</th>${scenario.columns.map((c, i) => markup`<th scope="col"><span class="swatch s${i}"></span>${c.label}</th>`)}</tr></thead>
<tbody><tr><th></th><th scope="row">verdict</th>${scenario.columns.map((c) => markup`<td>${verdictChip(c.verdict, c.verdictText)}</td>`)}</tr>${rows}${settings(scenario)}</tbody>
</table></div>
${scenario.columns.length > 1 && markup`<p class="legend">Medians over the repetitions; change against ${base}. <b>~</b> within the scatter of the repetitions, <b>?</b> too few repetitions to test.</p>`}
${scenario.notes.map((note) => markup`<p class="note">${note}</p>`)}`;
}

/** Below the figures: what each column ran with. */
function settings({ settings: list }: ScenarioView): Markup[] {
  return list.map(
    (row, i) =>
      markup`<tr class="${i === 0 ? 'first' : ''}">${i === 0 && markup`<th scope="rowgroup" rowspan="${list.length}">settings</th>`}<th scope="row"><code>${settingLabel(row)}</code></th>${row.values.map((value) => markup`<td>${value === null ? '—' : settingText(value)}</td>`)}</tr>`,
  );
}

function value({ text, change, outcome, basis }: TableValue): Markup {
  const untested = basis === 'untested' && (outcome === 'better' || outcome === 'worse');
  const mark = outcome === 'noise' ? ' ~' : untested ? ' ?' : '';
  return markup`<td>${text}${change !== null && markup` <span class="change ${outcome ?? ''}">${change}${mark}</span>`}</td>`;
}

function publishedTable(scenario: ScenarioView): Markup | null {
  const table = scenario.published;
  if (table === null) return null;
  return markup`
<h3>Compared with published figures</h3>
<div class="scroll" tabindex="0" role="region" aria-label="Published figures"><table>
<thead><tr>${table.header.map((cell) => markup`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${table.rows.map((row) => markup`<tr>${row.map((cell, i) => (i < 2 ? markup`<th scope="row">${cell}</th>` : markup`<td>${cell}</td>`))}</tr>`)}</tbody>
</table></div><p class="legend">${table.caption}.</p>`;
}

function fitTable({ fit }: ScenarioView): Markup | null {
  if (fit === null) return null;
  const { caption, header, rows } = fitRows(fit);
  return markup`
<h3>Observed and reproduced</h3>
<div class="scroll" tabindex="0" role="region" aria-label="Observed and reproduced"><table>
<thead><tr>${header.map((cell) => markup`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map((row) => markup`<tr>${row.map((cell, i) => (i === 0 ? markup`<th scope="row">${cell}</th>` : markup`<td>${cell}</td>`))}</tr>`)}</tbody>
</table></div><p class="legend">${caption}.</p>`;
}
