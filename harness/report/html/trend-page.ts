import type { Trend } from '../../analysis/compare/history.ts';
import { figure, percentChange, withUnit } from '../../model/figure.ts';
import { unitOf } from '../../model/metrics.ts';
import { Markup, markup } from './markup.ts';

const style = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b2430;--soft:#5b6675;--line:#dfe4ea;--curve:#2166c9;--mark:#d4551a}
@media (prefers-color-scheme:dark){:root{--paper:#12171e;--ink:#e6eaf0;--soft:#9aa6b5;--line:#2c3541;--curve:#6ea8ff;--mark:#ff9357}}
body{margin:0 auto;max-width:76rem;padding:1rem clamp(.75rem,3vw,2rem);background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h2{border-top:2px solid var(--line);padding-top:1rem;margin-top:2rem}figure{margin:1rem 0;min-width:0}figcaption{font-weight:600}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(30rem,100%),1fr));gap:.25rem 2rem}
svg{display:block;width:100%;height:auto}.curve{fill:none;stroke:var(--curve);stroke-width:2}.dot{fill:var(--curve)}
.change{stroke:var(--mark);stroke-width:2;stroke-dasharray:4 3}.level{stroke:var(--mark);stroke-width:1.5;opacity:.7}
text{font:11px system-ui,sans-serif;fill:var(--soft)}.note{color:var(--soft);font-size:.85rem}.changed{color:var(--mark);font-weight:600}li{margin:.2rem 0}`;

const size = { width: 560, height: 150, left: 58, right: 8, top: 10, bottom: 22 };

/** All trends as one self-contained page without a script: changes first, then every chart. */
export function trendPage(all: readonly Trend[], hash: (text: string) => string): string {
  const drawn = all.filter(({ points }) => points.length > 1 && points.some(({ value }) => value !== 0));
  const changed = drawn.filter(({ changes }) => changes.length > 0);
  const groups = [...new Set(drawn.map((trend) => `${trend.scenario} ${trend.profile}`))];
  const policy = `default-src 'none'; style-src '${hash(style)}'`;
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Trend · timewait-lab</title>
<style>${new Markup(style)}</style></head><body>
<h1>Trend</h1>
${changed.length === 0 ? markup`<p>No change detected.</p>` : markup`<ul>${changed.flatMap((trend) => trend.changes.map((change) => markup`<li>${changeText(trend, change)}</li>`))}</ul>`}
<p class="note">Medians of each run. A change is marked where the ranks of the values fall into two levels more clearly than in 98 of 100 series of pure noise, and the median moves by 5 % or more.</p>
${groups.map((group) => markup`<section><h2>${group}</h2><div class="grid">${drawn.filter((t) => `${t.scenario} ${t.profile}` === group).map(chart)}</div></section>`)}
</body></html>
`.text;
}

/** `short-conn quick tw-reuse-0, load.rate.achieved: 470/s → 310/s (−34 %) since 2026-01-03, commit 0123456`. */
export function changeText(trend: Trend, { index, before, after }: Trend['changes'][number]): string {
  const unit = unitOf(trend.metric);
  const point = trend.points[index];
  const percent = before === 0 ? null : ((after - before) / before) * 100;
  const commit = point?.gitSha == null ? '' : `, commit ${point.gitSha.slice(0, 10)}`;
  const kernel =
    trend.points[index - 1]?.kernel === point?.kernel
      ? ''
      : `, kernel ${trend.points[index - 1]?.kernel} → ${point?.kernel}`;
  return `${trend.scenario} ${trend.profile}, ${trend.metric}: ${withUnit(before, unit)} → ${withUnit(after, unit)} (${percentChange(percent)}) since ${point?.startedAt.slice(0, 10)}${commit}${kernel}`;
}

function chart(trend: Trend): Markup {
  const { points, changes, metric } = trend;
  const values = points.map(({ value }) => value);
  const top = Math.max(...values) * 1.1 || 1;
  const x = (i: number) =>
    round(size.left + (i / Math.max(1, points.length - 1)) * (size.width - size.left - size.right));
  const y = (value: number) =>
    round(size.height - size.bottom - (value / top) * (size.height - size.top - size.bottom));
  const line = values.map((value, i) => `${i === 0 ? 'M' : 'L'}${x(i)} ${y(value)}`).join('');
  const bounds = [0, ...changes.map(({ index }) => index), points.length];
  const levels =
    changes.length === 0
      ? []
      : bounds.slice(0, -1).map((from, i) => {
          const change = changes[i] ?? changes[i - 1];
          const value = (i < changes.length ? change?.before : change?.after) ?? 0;
          return markup`<line class="level" x1="${x(from)}" x2="${x((bounds[i + 1] ?? 1) - 1)}" y1="${y(value)}" y2="${y(value)}"></line>`;
        });
  const unit = unitOf(metric);
  const dates = [points[0], points[points.length - 1]].map((point) => point?.startedAt.slice(0, 10) ?? '');
  return markup`<figure><figcaption>${metric}${changes.length > 0 && markup` <span class="changed">changed</span>`}</figcaption>
<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${metric} over ${figure(points.length)} runs">
<text x="${size.left - 6}" y="${y(top / 1.1) + 4}" text-anchor="end">${withUnit(top / 1.1, unit)}</text><text x="${size.left - 6}" y="${y(0) + 4}" text-anchor="end">0</text>
<text x="${size.left}" y="${size.height - 4}">${dates[0]}</text><text x="${size.width - size.right}" y="${size.height - 4}" text-anchor="end">${dates[1]}</text>
${levels}<path class="curve" d="${line}"></path>
${points.map((point, i) => markup`<circle class="dot" cx="${x(i)}" cy="${y(point.value)}" r="2.5"><title>${point.run}, ${point.startedAt}: ${withUnit(point.value, unit)}</title></circle>`)}
${changes.map(({ index }) => markup`<line class="change" x1="${x(index - 0.5)}" x2="${x(index - 0.5)}" y1="${size.top}" y2="${size.height - size.bottom}"></line>`)}
</svg></figure>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
