import { createHash } from 'node:crypto';
import { duration, figure } from '../../model/figure.ts';
import { answersOf } from '../answer/answer.ts';
import { annotated } from '../charts/answer-chart.ts';
import { cellCharts } from '../charts/cell-charts.ts';
import { type Chart, pointsFor } from '../charts/chart.ts';
import { overlayCharts } from '../charts/overlay-charts.ts';
import type { Exporter } from '../exporter.ts';
import { programRights } from '../program-rights.ts';
import { gateLines } from '../text/cell-lines.ts';
import type { ReportView } from '../view.ts';
import { answerSection, firstScreen } from './answer-section.ts';
import { pageAssets } from './assets.ts';
import { cellDetails } from './cell-details.ts';
import { Markup, markup, scriptJson } from './markup.ts';
import { scenarioSection } from './scenario-section.ts';

/** One file that needs nothing else: no network, a Content-Security-Policy that lets only its own script run. */
export const html: Exporter = { format: 'html', fileName: 'report.html', render };

function render(view: ReportView): string {
  const points = pointsFor(view);
  const charts: Chart[] = [];
  /** Places for charts; their data goes into one JSON block. */
  const place = (made: readonly Chart[]): Markup[] =>
    made.map((chart) => {
      charts.push(chart);
      return markup`<figure class="chart${chart.named ? ' named' : ''}" tabindex="0" data-chart="${charts.length - 1}" aria-label="${chart.summary}. Arrow keys read it, plus and minus zoom."><figcaption>${chart.title}</figcaption>${(chart.notes ?? []).map((note) => markup`<p class="note">${note}</p>`)}</figure>`;
    });
  const answers = answersOf(view);
  const answered = new Set<string>();
  const sections = view.scenarios.map((scenario) => {
    const [first, ...overlays] = overlayCharts(scenario, points);
    const name = scenario.columns[0]?.cells[0]?.scenario ?? scenario.name;
    const key = `${name} ${scenario.form}`;
    // The variants of a scenario share one answer, at the first of them.
    const answer = answered.has(key)
      ? undefined
      : answers.find((one) => one.scenario === name && one.form === scenario.form);
    answered.add(key);
    const chart = place(first === undefined ? [] : [annotated(first, scenario)]);
    return scenarioSection(
      scenario,
      answer === undefined ? markup`${chart}` : answerSection(answer, answers.length === 1, chart),
      place(overlays),
      scenario.columns.map((column, i) =>
        cellDetails(column, place(cellCharts(column, `${scenario.id}-${i}`, points))),
      ),
    );
  });
  const names = view.scenarios.map((scenario) => scenario.name);
  const title = names.length > 3 ? `${names.length} scenarios` : names.join(', ');
  const body = markup`
<header>
  ${firstScreen(view, answers, title || 'timewait-lab report')}
  ${gates(view)}
  ${names.length > 1 && markup`<nav aria-label="Scenarios">${view.scenarios.map((s) => markup`<a href="#${s.id}">${s.name}</a> `)}</nav>`}
</header>
<main>${sections}</main>
${hostFacts(view)}`;
  // Texts are in the page itself.
  const drawn = charts.map(({ title: _, summary: _summary, notes: _notes, ...data }) => data);
  return page(title, body, scriptJson({ charts: drawn }));
}

/** The counts; those that are broken are listed with everything else that does not hold. */
function gates(view: ReportView): Markup | null {
  const [summary] = gateLines(view.gates);
  return summary === undefined ? null : markup`<p>${summary}</p>`;
}

function hostFacts(view: ReportView): Markup {
  const { host, run } = view.report;
  const facts: [string, string][] = [
    [
      'Kernel',
      host.kernel === null
        ? 'not read'
        : `Linux ${host.kernel}${host.kernelHz === null ? '' : `, HZ=${host.kernelHz}`}`,
    ],
    ['CPU', `${host.cpu ?? 'not read'}, ${figure(host.cores)} cores`],
    ['Memory', `${figure(host.memoryBytes / 2 ** 30)} GiB`],
    ['Runtime', `${host.runtime}, ${host.privilege === 'user-namespace' ? 'in a user namespace' : host.privilege}`],
    ['Rights of programs', programRights(host.programs)],
    [
      'Programs',
      Object.entries(host.versions)
        .map(([name, v]) => `${name} ${v ?? 'not found'}`)
        .join(', '),
    ],
    ['Run', `${run.id}, ${run.startedAt}, ${duration(run.durationMs)}, ${run.form} form`],
    ['Command', run.command.join(' ')],
    ['Source', run.gitSha ?? 'no git commit'],
  ];
  return markup`<footer><h2>Host and run</h2><dl>${facts.map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>`)}</dl></footer>`;
}

function page(title: string, body: Markup, data: Markup): string {
  const { css, script } = pageAssets;
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const policy = `default-src 'none'; style-src ${hash(css)}; script-src ${hash(script)}; base-uri 'none'; form-action 'none'`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · timewait-lab</title>
<style>${new Markup(css)}</style>
</head>
<body>
${body}
<script type="application/json" id="data">${data}</script>
<script>${new Markup(script)}</script>
</body>
</html>
`.text;
}
