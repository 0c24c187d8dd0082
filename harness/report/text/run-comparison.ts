import CliTable from 'cli-table3';
import { markdownTable } from 'markdown-table';
import pc from 'picocolors';
import { settingLabel, settingText } from '../../analysis/cell/settings.ts';
import type { MetricComparison, PairComparison, RunComparison } from '../../analysis/compare/compare.ts';
import type { DifferingSetting, SettingReading } from '../../analysis/compare/differing-settings.ts';
import type { Outcome } from '../../analysis/compare/judge.ts';
import { percentChange, withUnit } from '../../model/figure.ts';
import { unitOf } from '../../model/metrics.ts';
import { escapeMarkdown } from './markdown.ts';

/** Comparisons of runs as text: what differs between the machines first, then what differs in the figures. */
export function renderComparison(comparisons: readonly RunComparison[], options: { colour: boolean }): string {
  const c = pc.createColors(options.colour);
  const paint = (outcome: Outcome) => {
    if (outcome === 'regressed') return c.red(outcome);
    if (outcome === 'improved') return c.green(outcome);
    return outcome === 'changed' ? c.yellow(outcome) : c.dim(outcome);
  };
  const lines: string[] = [];
  for (const comparison of comparisons) {
    lines.push(outcomeLine(comparison, paint));
    lines.push(c.bold(`${comparison.value} against ${comparison.base}`));
    for (const setting of comparison.differingSettings) lines.push(`  ${differenceText(setting)}`);
    for (const text of notesOf(comparison)) lines.push(`  ${c.yellow('!')} ${text}`);
    for (const pair of worstFirst(comparison)) {
      lines.push('', `  ${c.bold(pairTitle(pair))}  ${paint(pair.outcome)}`);
      for (const text of leftOut(pair)) lines.push(`    ${c.yellow('!')} ${text}`);
      for (const text of settingLines(pair)) lines.push(`    ${c.dim(text)}`);
      const table = plainTable();
      for (const m of shown(pair)) table.push(['', ...columns(m), paint(m.outcome), c.dim(m.why)]);
      if (table.length > 0) lines.push(table.toString());
    }
    lines.push('');
  }
  return `${lines.join('\n')}\n`;
}

/** The same for a job summary or a pull request. */
export function comparisonMarkdown(comparisons: readonly RunComparison[]): string {
  const lines: string[] = [];
  for (const comparison of comparisons) {
    lines.push(`**${escapeMarkdown(outcomeLine(comparison))}**`, '');
    lines.push(`## ${escapeMarkdown(`${comparison.value} against ${comparison.base}`)}`, '');
    const settings = comparison.differingSettings.map((setting) => `- ${escapeMarkdown(differenceText(setting))}`);
    if (settings.length > 0) lines.push(...settings, '');
    const notes = notesOf(comparison);
    if (notes.length > 0) lines.push('> [!WARNING]', ...notes.map((note) => `> - ${escapeMarkdown(note)}`), '');
    for (const pair of worstFirst(comparison)) {
      lines.push(`### ${escapeMarkdown(pairTitle(pair))}: ${pair.outcome}`, '');
      lines.push(...[...leftOut(pair), ...settingLines(pair)].map((text) => `- ${escapeMarkdown(text)}`), '');
      const rows = shown(pair).map((m) => [...columns(m), m.outcome, m.why].map(escapeMarkdown));
      const header = ['metric', 'base', 'value', 'change', '95 % interval', 'n', 'outcome', 'why'];
      if (rows.length > 0)
        lines.push(markdownTable([header, ...rows], { align: ['l', 'r', 'r', 'r', 'r', 'r', 'l', 'l'] }), '');
    }
  }
  return `${lines.join('\n')}\n`;
}

const outcomes: readonly Outcome[] = ['regressed', 'changed', 'improved', 'same'];

/** `regressed: 1 of 2 pairs (short-conn tw-reuse-1); 2 settings differ`: the outcome before anything else. */
function outcomeLine(comparison: RunComparison, paint: (outcome: Outcome) => string = (outcome) => outcome): string {
  const { pairs, differingSettings, differingFacts } = comparison;
  const worst = outcomes.find((outcome) => pairs.some((pair) => pair.outcome === outcome)) ?? pairs[0]?.outcome;
  if (worst === undefined) return 'nothing compared: the runs have no cell in common';
  const found = pairs.filter((pair) => pair.outcome === worst);
  const named = found.slice(0, 2).map(pairTitle).join(', ');
  const where = `${found.length} of ${pairs.length} ${pairs.length === 1 ? 'pair' : 'pairs'} (${named}${found.length > 2 ? ', …' : ''})`;
  const differs = (n: number, what: string) => (n === 0 ? [] : [`${n} ${what}${n === 1 ? ' differs' : 's differ'}`]);
  const causes = [...differs(differingSettings.length, 'setting'), ...differs(differingFacts.length, 'other fact')];
  return [`${paint(worst)}: ${where}`, ...causes].join('; ');
}

/** Regressions on top; otherwise in the order of the run. */
function worstFirst({ pairs }: RunComparison): PairComparison[] {
  const rank = ({ outcome }: PairComparison) =>
    outcomes.includes(outcome) ? outcomes.indexOf(outcome) : outcomes.length;
  return [...pairs].sort((a, b) => rank(a) - rank(b));
}

function pairTitle({ scenario, profiles: [a, b] }: PairComparison): string {
  return a === b ? `${scenario} ${a}` : `${scenario} ${a} → ${b}`;
}

function leftOut({ leftOut: [a, b] }: PairComparison): string[] {
  return [...a, ...b].map(({ cell, verdict }) => `left out: ${cell} ${verdict}`);
}

/** `net.ipv4.tcp_tw_reuse: 0 (kernel default 2) → 1 (kernel default 2)`; one value where both runs have it. */
function settingLines({ settings }: PairComparison): string[] {
  return settings.map((row) => {
    const [base = 'no such peer', value = base] = row.values.map((one) =>
      one === null ? 'no such peer' : settingText(one),
    );
    return `${settingLabel(row)}: ${base === value ? value : `${base} → ${value}`}`;
  });
}

/** `client net.ipv4.tcp_timestamps: 1 (not requested) → 0`; with the pairs that it is in, where it is not in all. */
function differenceText({ role, key, base, value, pairs }: DifferingSetting): string {
  const side = ({ requested, effective }: SettingReading) => {
    if (effective === null) return requested === null ? 'not read' : `${requested} requested, not read back`;
    if (requested === null) return `${effective} (not requested)`;
    return requested === effective ? effective : `${effective} (${requested} requested)`;
  };
  const [first, second, ...more] = pairs;
  const listed = [first, second].filter((pair) => pair !== undefined).join(', ');
  const where = listed === '' ? '' : ` in ${listed}${more.length === 0 ? '' : ` and ${more.length} more`}`;
  return `${role} ${key}: ${side(base)} → ${side(value)}${where}`;
}

/** What else may explain a difference, and what could not be compared. */
function notesOf({ differingFacts, unpaired, ...comparison }: RunComparison): string[] {
  return [
    ...differingFacts.map(({ fact, base, value }) => `the runs also differ in ${fact}: ${base} → ${value}`),
    ...unpaired.map(({ scenario, profile, onlyIn }) => `${scenario} ${profile} is only in ${comparison[onlyIn]}`),
  ];
}

/** Metrics that are 0 on both sides say nothing, unless some repetition differs. */
function shown(pair: PairComparison): MetricComparison[] {
  return pair.metrics.filter((m) => m.base !== 0 || m.value !== 0 || m.outcome !== 'same' || m.metric === 'verdict');
}

function columns(m: MetricComparison): string[] {
  const text = (value: number) => withUnit(value, unitOf(m.metric));
  const [base, value] = m.words ?? [text(m.base), text(m.value)];
  const change = m.words !== null ? '' : percentChange(m.deltaPercent);
  const percent = (ratio: number) => percentChange((ratio - 1) * 100);
  const interval = m.interval === null ? '' : `${percent(m.interval.low)} … ${percent(m.interval.high)}`;
  return [m.metric, base, value, change, interval, `${m.repetitions[0]}, ${m.repetitions[1]}`];
}

function plainTable(): CliTable.Table {
  const sides = ['top', 'bottom', 'left', 'right', 'mid'];
  const ends = sides.flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`]);
  return new CliTable({
    chars: { ...Object.fromEntries(ends.map((name) => [name, ''])), 'left-mid': '', 'mid-mid': '', middle: '  ' },
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'left', 'left'],
    style: { 'padding-left': 1, 'padding-right': 0, head: [], border: [], compact: true },
  });
}
