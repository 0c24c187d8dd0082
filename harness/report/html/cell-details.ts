import { serverName } from '../../analysis/cell/explain.ts';
import { figure, withUnit } from '../../model/figure.ts';
import type { MeasuredCell, PeerReport } from '../../model/report.ts';
import { settingsNotEffective } from '../doubts.ts';
import {
  budgetTable,
  cellLabel,
  closedFirstLine,
  fourTuples,
  ledgerLine,
  loadLine,
  phasesLine,
} from '../text/cell-lines.ts';
import type { ProfileColumn } from '../view.ts';
import { type Markup, markup } from './markup.ts';
import { verdictChip } from './scenario-section.ts';

/** Everything about one profile's cell, collapsed by default. */
export function cellDetails(column: ProfileColumn, charts: readonly Markup[]): Markup {
  const cell = column.shown;
  const label = cell === null ? column.label : cellLabel(cell, column.cells.length);
  return markup`
<details class="cell">
  <summary><strong>${label}</strong> ${verdictChip(column.verdict, column.verdictText)}</summary>
  ${column.reason !== null && markup`<p class="reason">${column.reason}</p>`}
  ${cell !== null && facts(cell)}
  ${charts.length > 0 && markup`<div class="charts">${charts}</div>`}
  ${cell !== null && markup`<div class="columns">${budget(cell)}${expectations(column)}</div>${ledger(cell)}${Object.entries(cell.peers).map(([role, peer]) => sysctls(role, peer))}`}
</details>`;
}

function facts(cell: MeasuredCell): Markup {
  const lines: [string, string | null][] = [
    ['Load', loadLine(cell)],
    ['Phases', phasesLine(cell)],
    ['Closed first', closedFirstLine(cell)],
    ['Ledger', ledgerLine(cell)],
  ];
  const latency = cell.load.connectCallUs;
  if (latency !== null) {
    const { p50, p90, p99, p999, max } = latency;
    const parts = Object.entries({ p50, p90, p99, 'p99.9': p999, max }).map(
      ([name, us]) => `${name} ${withUnit(us, 'us')}`,
    );
    lines.push(['Inside connect(2)', parts.join(', ')]);
  }
  const sentences = [...cell.evidence, ...cell.explanation, ...cell.disturbances.map((text) => `Disturbed: ${text}`)];
  const unseen = cell.load.blindSpots.map((text) => `Not seen by the engine: ${text}`);
  return markup`
<dl class="facts">${lines.map(([name, text]) => text !== null && markup`<dt>${name}</dt><dd>${text}</dd>`)}</dl>
<ul class="evidence">${[...sentences, ...unseen].map((text) => markup`<li>${text}</li>`)}</ul>`;
}

function budget(cell: MeasuredCell): Markup | null {
  if (cell.budget === null) return null;
  return markup`<div><h4>Port budget</h4><p>${fourTuples(cell.budget)}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Port budget"><table><thead><tr><th></th><th>predicted</th><th>measured</th><th>error</th></tr></thead>
<tbody>${budgetTable(cell.budget).map((row) => markup`<tr><th scope="row">${row.label}</th><td>${row.predicted}</td><td>${row.measured}</td><td>${row.error}</td></tr>`)}</tbody></table></div>
${cell.budget.notes.map((note) => markup`<p class="legend">${note}</p>`)}</div>`;
}

function expectations(column: ProfileColumn): Markup | null {
  const rows = column.cells.flatMap((cell) =>
    'expectations' in cell ? cell.expectations.map((e) => ({ ...e, repetition: cell.repetition })) : [],
  );
  const shown = rows.filter((row) => !row.holds || row.repetition === column.shown?.repetition);
  if (shown.length === 0) return null;
  return markup`<div><h4>Expectations</h4><ul class="expected">${shown.map(
    (e) =>
      markup`<li class="${e.holds ? 'held' : 'broken'}">${e.holds ? '✓' : '✗'} ${e.text} <small>${e.observed}${column.cells.length > 1 && `, repetition ${e.repetition}`}</small></li>`,
  )}</ul></div>`;
}

function ledger(cell: MeasuredCell): Markup {
  return markup`
<h4>Ledger</h4>
<div class="scroll" tabindex="0" role="region" aria-label="Ledger"><table class="ledger">
<thead><tr><th>identity</th><th>left</th><th>right</th><th>residual</th><th>tolerance</th><th></th></tr></thead>
<tbody>${cell.ledger.identities.map(
    (i) =>
      markup`<tr class="${i.holds ? '' : 'broken'}"><th scope="row">${i.name}<small>${i.basis}</small></th><td>${figure(i.left)}</td><td>${figure(i.right)}</td><td>${figure(i.residual)}</td><td>${figure(i.tolerance)}</td><td>${i.holds ? '✓ holds' : '✗ broken'}</td></tr>`,
  )}</tbody></table></div>`;
}

function sysctls(role: string, peer: PeerReport): Markup {
  const differs = settingsNotEffective(peer.sysctls);
  const { requested, effective } = peer.sysctls;
  const keys = [...new Set([...Object.keys(requested), ...Object.keys(effective)])].sort();
  const servers = peer.servers
    .map((s) => `${serverName(s)}${s.version === null ? '' : ` ${s.version}`}: ${s.closes}`)
    .join('; ');
  const atFirst = (key: string) => {
    const value = peer.sysctls.defaults?.[key];
    return value === undefined ? 'not read' : (value ?? 'does not exist');
  };
  const row = (key: string) => {
    const asked = requested[key];
    const found = effective[key] === null ? 'does not exist' : (effective[key] ?? 'not read back');
    return markup`<tr class="${differs.includes(key) ? 'broken' : ''}"><th scope="row"><code>${key}</code></th><td>${asked ?? 'nothing'}</td><td>${found}</td><td>${atFirst(key)}</td></tr>`;
  };
  return markup`
<details><summary>Settings of ${role}${differs.length > 0 && `: ${differs.length} not effective`}</summary>
${servers !== '' && markup`<p>${servers}</p>`}
<div class="scroll" tabindex="0" role="region" aria-label="Settings of ${role}"><table><thead><tr><th>sysctl</th><th>requested</th><th>effective</th><th>kernel default</th></tr></thead><tbody>${keys.map(row)}</tbody></table></div>
<p class="legend">Sampler: ${figure(peer.sampler.ticks)} ticks, ${figure(peer.sampler.missed)} missed, ${figure(peer.sampler.late)} late, mean cost ${figure(peer.sampler.meanCostMs)} ms, highest ${figure(peer.sampler.maxCostMs)} ms.${
    peer.cpu !== null &&
    ` CPU: ${Object.entries(peer.cpu)
      .map(([name, busy]) => `${name} ${figure(busy * 100)} %`)
      .join(', ')}.`
  }</p>
</details>`;
}
