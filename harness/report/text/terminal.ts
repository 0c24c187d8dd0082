import pc from 'picocolors';
import { settingLabel, settingRows, settingText } from '../../analysis/cell/settings.ts';
import { duration } from '../../model/figure.ts';
import type { Fit } from '../../model/fit.ts';
import { isMeasured } from '../../model/report.ts';
import { isUndecided, type Verdict } from '../../model/vocabulary.ts';
import type { TableValue } from '../comparison-table.ts';
import { fitRows } from '../fit-rows.ts';
import { unusualRights } from '../program-rights.ts';
import type { PublishedRows } from '../published-rows.ts';
import type { ProfileColumn, ReportView, ScenarioView } from '../view.ts';
import { budgetLine, cellLabel, gateLines, ledgerLine, loadLine, phasesLine } from './cell-lines.ts';
import { plainTable, wrap } from './layout.ts';

export interface TerminalOptions {
  /** Off for NO_COLOR and where stdout is not a terminal. */
  colour: boolean;
  /** Columns; texts are wrapped and wide tables split. Default 100. */
  width?: number;
  /** Folder with the report files, to say where they are; absent: there are none. */
  folder?: string;
}

type Colours = ReturnType<typeof pc.createColors>;

/** All figures of a run for a terminal: the comparison table first, then the evidence of each cell. */
export function renderTerminal(view: ReportView, options: TerminalOptions): string {
  const c = pc.createColors(options.colour);
  const width = Math.max(60, options.width ?? 100);
  const { host, run } = view.report;
  const facts = [
    `Linux ${host.kernel ?? 'unknown'}`,
    `${host.cores} cores`,
    host.runtime,
    `${run.form} form`,
    duration(run.durationMs),
    ...unusualRights(host.programs),
  ].join(', ');
  const sections = view.scenarios.map((scenario) => renderScenario(scenario, c, width));
  const doubts = view.doubts.map((doubt) => wrap(`${c.yellow('!')} ${doubt}`, width, 2));
  const files = options.folder === undefined ? [] : [`reports: ${options.folder}`];
  // Last, next to the prompt: a broken gate is why the run fails.
  const [summary, ...broken] = gateLines(view.gates);
  const gates = [...(summary === undefined ? [] : [summary]), ...broken.map((line) => wrap(c.red(line), width, 2))];
  return `${[...sections, ...doubts, c.dim(facts), ...files, ...gates].join('\n')}\n`;
}

function renderScenario(scenario: ScenarioView, c: Colours, width: number): string {
  const title = scenario.title === null ? '' : c.dim(`  ${scenario.title}`);
  const lines = [`${c.bold(scenario.name)}${title}`, ''];
  for (const part of tables(scenario, width)) lines.push(comparison(scenario, part, c), '');
  for (const note of scenario.notes) lines.push(wrap(`${c.yellow('·')} ${note}`, width, 2));
  if (scenario.notes.length > 0) lines.push('');
  if (scenario.published !== null) lines.push(publishedTable(scenario.published, c), '');
  if (scenario.fit !== null) lines.push(fitTable(scenario.fit, c, width), '');
  for (const column of scenario.columns) lines.push(...details(column, c, width), '');
  for (const { action, because } of scenario.recommendations) {
    lines.push(wrap(`${c.bold('→')} ${c.bold(action)}: ${because}`, width, 2));
  }
  if (scenario.recommendations.length > 0) lines.push('');
  return lines.join('\n');
}

/** Profiles that fit side by side; the first one, the base of the comparison, is in every table. */
function tables(scenario: ScenarioView, width: number): number[][] {
  const labels = 12 + Math.max(...scenario.rows.map((row) => row.label.length), 10);
  const widths = scenario.columns.map((column, i) =>
    Math.max(column.label.length, column.verdictText.length, ...scenario.rows.map((r) => shown(r.values[i]).length)),
  );
  const result: number[][] = [[0]];
  let used = labels + (widths[0] ?? 0) + 6;
  for (let i = 1; i < widths.length; i++) {
    const wide = (widths[i] ?? 0) + 3;
    if (used + wide > width && (result[result.length - 1]?.length ?? 0) > 1) {
      result.push([0]);
      used = labels + (widths[0] ?? 0) + 6;
    }
    result[result.length - 1]?.push(i);
    used += wide;
  }
  return result;
}

function comparison(scenario: ScenarioView, columns: readonly number[], c: Colours): string {
  const chosen = columns.flatMap((i) => scenario.columns[i] ?? []);
  const table = plainTable(['left', 'left', ...chosen.map(() => 'right' as const)]);
  table.push(['', '', ...chosen.map((column) => c.bold(column.label))]);
  table.push(['', 'verdict', ...chosen.map((column) => paint(column.verdict, column.verdictText, c))]);
  let side = '';
  for (const row of scenario.rows) {
    const first = row.side === side ? '' : c.cyan(row.side);
    side = row.side;
    table.push([first, row.label, ...columns.map((i) => colourValue(row.values[i], c))]);
  }
  return table.toString();
}

function publishedTable(rows: PublishedRows, c: Colours): string {
  const table = plainTable(['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right']);
  table.push(rows.header.map((cell) => c.bold(cell)));
  for (const row of rows.rows) table.push(row);
  return `${c.dim(rows.caption)}\n${table.toString()}`;
}

function fitTable(fit: Fit, c: Colours, width: number): string {
  const { caption, header, rows } = fitRows(fit);
  const table = plainTable(['left', 'right', 'right', 'right', 'left']);
  for (const row of [header.map((cell) => c.bold(cell)), ...rows]) table.push(row);
  return `${c.dim(caption)}\n${table.toString()}\n${wrap(fit.sentence, width, 0)}`;
}

function details(column: ProfileColumn, c: Colours, width: number): string[] {
  const heading = (cell: string) =>
    `${paint(column.verdict, '●', c)} ${c.bold(cell)}  ${paint(column.verdict, column.verdictText, c)}`;
  if (column.shown === null) return [wrap(`${heading(column.label)}  ${column.reason ?? ''}`, width, 2)];
  const cell = column.shown;
  const lines = [heading(cellLabel(cell, column.cells.length))];
  const add = (label: string, text: string | null) => {
    if (text !== null) lines.push(wrap(`  ${c.dim(label.padEnd(9))} ${text}`, width, 12));
  };
  add('reason', cell.reason ?? null);
  for (const [i, row] of settingRows([cell]).entries()) {
    const [value] = row.values;
    if (value) add(i === 0 ? 'settings' : '', `${settingLabel(row)} = ${settingText(value)}`);
  }
  add('load', loadLine(cell));
  add('phases', phasesLine(cell));
  add('budget', budgetLine(cell));
  const ledger = ledgerLine(cell);
  add('ledger', cell.ledger.closes ? ledger : c.red(ledger));
  for (const [i, text] of cell.evidence.entries()) add(i === 0 ? 'evidence' : '', text);
  for (const [i, text] of cell.explanation.entries()) add(i === 0 ? 'why' : '', text);
  for (const [i, text] of cell.load.blindSpots.entries()) add(i === 0 ? 'unseen' : '', text);
  for (const { holds, text } of expectationLines(column)) {
    add('expected', holds ? `${c.green('✓')} ${text}` : c.red(`✗ ${text}`));
  }
  return lines;
}

/** One line for each expectation over all repetitions: where it does not hold, in how many, with the figures of the first. */
function expectationLines(column: ProfileColumn): { holds: boolean; text: string }[] {
  const cells = column.cells.filter(isMeasured);
  const texts = [...new Set(cells.flatMap((cell) => cell.expectations.map(({ text }) => text)))];
  return texts.flatMap((text) => {
    const results = cells.flatMap((cell) =>
      cell.expectations.filter((one) => one.text === text).map((one) => ({ ...one, cell })),
    );
    const broken = results.filter(({ holds }) => !holds);
    const example = broken[0] ?? results.find(({ cell }) => cell === column.shown) ?? results[0];
    if (example === undefined) return [];
    const count =
      broken.length === 0 || results.length === 1 ? '' : `, not in ${broken.length} of ${results.length} repetitions`;
    return [{ holds: broken.length === 0, text: `${text} (${example.observed})${count}` }];
  });
}

function shown(value: TableValue | undefined): string {
  if (value === undefined) return '—';
  return value.change === null ? value.text : `${value.text}  ${value.change}${mark(value)}`;
}

/** `~`: within the scatter of the repetitions; `?`: too few repetitions to test. */
function mark(value: TableValue): string {
  if (value.outcome === 'noise') return ' ~';
  return value.basis === 'untested' && (value.outcome === 'better' || value.outcome === 'worse') ? ' ?' : '';
}

function colourValue(value: TableValue | undefined, c: Colours): string {
  if (value === undefined || value.change === null) return shown(value);
  const change = `${value.change}${mark(value)}`;
  const painted =
    value.outcome === 'better' ? c.green(change) : value.outcome === 'worse' ? c.red(change) : c.dim(change);
  return `${value.text}  ${painted}`;
}

export function paint(verdict: Verdict, text: string, c: Colours): string {
  if (verdict === 'healthy') return c.green(text);
  if (verdict === 'skipped') return c.dim(text);
  if (verdict === 'degraded' || verdict === 'overflow' || isUndecided(verdict)) return c.yellow(text);
  return c.red(text);
}
