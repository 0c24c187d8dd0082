import { figure } from '../../model/figure.ts';
import type { Exporter } from '../exporter.ts';
import { Markup, markup } from '../html/markup.ts';
import type { ReportView, ScenarioView } from '../view.ts';
import type { Chart } from './chart.ts';
import { overlayCharts } from './overlay-charts.ts';
import { ribbonStretches } from './ribbon.ts';

/**
 * The main chart of the first scenario that has one: TIME_WAIT over time by profile, with the phases of
 * each as a bar below. A static picture for READMEs and pull requests; follows the reader's colour scheme.
 */
export const svg: Exporter = { format: 'svg', fileName: 'chart.svg', render };

const width = 860;
const plot = { left: 64, top: 56, width: 772, height: 250 };
const style = `
text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:#1b2430}
.paper{fill:#fff}.soft{fill:#5b6675;font-size:12px}.title{font-size:16px;font-weight:600}
.grid{stroke:#e3e7ec;stroke-width:1}.dash{stroke:#5b6675;stroke-width:1.25;stroke-dasharray:6 4}
.line{fill:none;stroke-width:2.25;stroke-linejoin:round}
.c0{stroke:#2166c9}.c1{stroke:#d4551a}.c2{stroke:#17875a}.c3{stroke:#8a4fd0}.c4{stroke:#b8256f}.c5{stroke:#8a6d00}.c6{stroke:#0f7f93}.c7{stroke:#5f6b7a}
.healthy{fill:#2e9e63}.degraded{fill:#e0a100}.exhausted{fill:#d6453d}.recovered{fill:#3b82c4}
@media (prefers-color-scheme:dark){text{fill:#e6eaf0}.paper{fill:#12171e}.soft{fill:#9aa6b5}.grid{stroke:#27303b}.dash{stroke:#9aa6b5}
.c0{stroke:#6ea8ff}.c1{stroke:#ff9357}.c2{stroke:#4fd09a}.c3{stroke:#bb8cff}.c4{stroke:#ff7db4}.c5{stroke:#e0c04a}.c6{stroke:#4fc8dc}.c7{stroke:#a3afbd}}`;

function render(view: ReportView): string {
  for (const scenario of view.scenarios) {
    const [chart] = overlayCharts(scenario, 400);
    if (chart !== undefined) return draw(scenario, chart, view);
  }
  const text = 'no timelines in this run';
  return markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} 60" role="img" aria-label="${text}"><text x="20" y="34">${text}</text></svg>\n`
    .text;
}

function draw(scenario: ScenarioView, chart: Chart, view: ReportView): string {
  const xMax = Math.max(1, ...chart.times.map((t) => t[t.length - 1] ?? 0));
  const values = chart.series.flatMap((s) => s.y.filter((y) => y !== null));
  const top = values.reduce((a, b) => Math.max(a, b), 1);
  const lines = chart.lines.filter((line) => line.y <= top * 2.5);
  const yStep = niceStep(Math.max(top, ...lines.map((l) => l.y)) / 4);
  const yMax = yStep * Math.ceil((Math.max(top, ...lines.map((l) => l.y)) * 1.05) / yStep);
  const x = (t: number) => round(plot.left + (Math.max(0, t) / xMax) * plot.width);
  const y = (v: number) => round(plot.top + plot.height - (v / yMax) * plot.height);
  const xStep = niceStep(xMax / 6);
  const columns = scenario.columns.filter((column) => chart.series.some((s) => s.label === column.profile));
  const height = plot.top + plot.height + 46 + columns.length * 26 + 22;
  const bottom = plot.top + plot.height;
  const ticks = (step: number, max: number) =>
    Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, i) => i * step);
  const { host, run } = view.report;
  return `${
    markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${scenario.name}: ${chart.title}">
<style>${new Markup(style)}</style>
<rect class="paper" width="${width}" height="${height}"></rect>
<text class="title" x="20" y="28">${scenario.name}: ${chart.title}</text>
${ticks(yStep, yMax).map((v) => markup`<line class="grid" x1="${plot.left}" x2="${plot.left + plot.width}" y1="${y(v)}" y2="${y(v)}"></line><text class="soft" x="${plot.left - 8}" y="${y(v) + 4}" text-anchor="end">${figure(v)}</text>`)}
${ticks(xStep, xMax).map((t) => markup`<text class="soft" x="${x(t)}" y="${bottom + 18}" text-anchor="middle">${figure(t)} s</text>`)}
${lines.map((l) => markup`<line class="dash" x1="${plot.left}" x2="${plot.left + plot.width}" y1="${y(l.y)}" y2="${y(l.y)}"></line><text class="soft" x="${plot.left + plot.width}" y="${y(l.y) - 5}" text-anchor="end">${l.label} ${figure(l.y)}</text>`)}
${chart.series.map((s) => path(s.y, chart.times[s.x] ?? [], s.color, x, y))}
${columns.map((column, i) => legend(column, i, bottom + 46 + i * 26, scenario))}
<text class="soft" x="20" y="${height - 10}">Linux ${host.kernel ?? 'unknown'}, ${figure(host.cores)} cores, ${host.runtime}, ${run.form} form, ${run.startedAt.slice(0, 10)}</text>
</svg>`.text
  }\n`;
}

/** Lines in the order of the profiles; a gap stays a gap. */
function path(
  ys: Chart['series'][number]['y'],
  t: readonly number[],
  color: number,
  x: (t: number) => number,
  y: (v: number) => number,
): Markup {
  let pen = 'M';
  let d = '';
  for (let i = 0; i < ys.length; i++) {
    const value = ys[i];
    if (value === null || value === undefined) pen = 'M';
    else {
      d += `${pen}${x(t[i] ?? 0)} ${y(value)}`;
      pen = 'L';
    }
  }
  return markup`<path class="line c${color % 8}" d="${d}"></path>`;
}

function legend(column: ScenarioView['columns'][number], _index: number, top: number, scenario: ScenarioView): Markup {
  const color = scenario.columns.indexOf(column) % 8;
  const stretches = column.shown === null ? [] : ribbonStretches(column.shown);
  const bar = { left: 330, width: 506 };
  const at = (percent: number) => round((percent / 100) * bar.width);
  return markup`<line class="line c${color}" x1="20" x2="44" y1="${top + 6}" y2="${top + 6}"></line><text x="52" y="${top + 10}">${column.label}: ${column.verdictText}</text>
${stretches.map((s) => markup`<rect class="${s.phase}" x="${bar.left + at(s.from)}" y="${top}" width="${at(s.width)}" height="12" rx="2"><title>${s.text}</title></rect>`)}`;
}

/** 1, 2 or 5 times a power of ten, at least `rough`. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((m) => m * power >= rough - 1e-9) ?? 10);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
