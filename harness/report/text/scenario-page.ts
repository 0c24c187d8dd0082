import { markdownTable } from 'markdown-table';
import { figure, withUnit } from '../../model/figure.ts';
import { isLocal, linkParts, shapeText } from '../../model/link.ts';
import { readMetric, readNumber, unitOf } from '../../model/metrics.ts';
import { type CellReport, isMeasured, type Report } from '../../model/report.ts';
import type { PeerSpec, Scenario } from '../../model/scenario.ts';
import { claimRows } from '../claim-rows.ts';
import { publishedRows } from '../published-rows.ts';
import { connectionTable } from './connection-table.ts';
import { programHeader, programRow } from './program-rows.ts';

/** Longest page, in lines, without its tables of published figures, reports and programs: it should be readable at a glance. */
export const pageLines = 40;

/**
 * docs/scenarios/NAME.md: the story and the topology from the scenario's file, the table from a real run. Pure;
 * `regenerate` is the command that makes it.
 */
export function scenarioPage(scenario: Scenario, report: Report, regenerate: string): string {
  const cells = report.cells.filter((cell) => cell.scenario === scenario.name);
  const kernel = /^\d+\.\d+/.exec(report.host.kernel ?? '')?.[0] ?? 'unknown';
  const date = report.run.startedAt.slice(0, 10);
  const lines = [
    `# ${scenario.name}`,
    '',
    `**${scenario.title}**`,
    '',
    scenario.story,
    '',
    '```',
    drawing(scenario),
    '```',
    '',
    'What to look at, and what the run must show:',
    '',
    ...scenario.expectations.map((one) => `- ${one.text}: \`${one.holds}\`${onlyFor(one)}`),
    '',
    `Measured on Linux ${kernel}, ${report.host.cores} cores, ${report.host.runtime}, ${report.run.form} form, ${date}:`,
    '',
    table(scenario, cells),
    '',
    ...programTable(scenario, cells),
    ...connectionTable(cells.filter(isMeasured).map((cell) => ({ name: nameOf(cell), cell }))),
    ...searchTable(scenario, cells),
    ...publishedTable(scenario, cells),
    ...claimTable(scenario, cells),
    ...(scenario.advice === undefined ? [] : [`**What to do:** ${scenario.advice}`, '']),
    `\`npm run scenario -- ${scenario.name} --quick\`; this page: \`${regenerate}\``,
  ];
  return `${lines.join('\n')}\n`;
}

/** What the programs did, for a scenario that has a column about them. */
function programTable(scenario: Scenario, cells: readonly CellReport[]): string[] {
  if (!scenario.columns.some((name) => name.startsWith('program.'))) return [];
  const rows = cells.filter(isMeasured).map((cell) => programRow(nameOf(cell), cell));
  return ['What the programs did and said:', '', markdownTable([programHeader, ...rows]), ''];
}

/** Time inside connect() by occupancy, for a scenario that has a column about it. */
function searchTable(scenario: Scenario, cells: readonly CellReport[]): string[] {
  if (!scenario.columns.some((name) => name.startsWith('search.'))) return [];
  const steps = Array.from({ length: 10 }, (_, index) => index * 10);
  const header = ['', ...steps.map((from) => `${from} to ${from + 10} %`)];
  const rows = cells.filter(isMeasured).map((cell) => [
    nameOf(cell),
    ...steps.map((from) => {
      const tenth = cell.search?.tenths.find(({ fromPercent }) => fromPercent === from);
      return tenth === undefined ? '—' : withUnit(tenth.connectCallUs, 'us');
    }),
  ]);
  return ['Median time inside connect() by the share of the ports in use:', '', markdownTable([header, ...rows]), ''];
}

const nameOf = ({ variant, profile }: CellReport) =>
  [variant, profile].filter((word) => word !== undefined).join(' · ');

/** Published figures next to those of this run; none: the scenario has none, or they are of the full form. */
function publishedTable({ published }: Scenario, cells: readonly CellReport[]): string[] {
  if (published === undefined || cells.some((cell) => cell.form !== 'full')) return [];
  const measured = cells.filter(isMeasured);
  const columns = published.profiles.map((profile) => ({
    profile,
    cells: measured.filter((cell) => cell.profile === profile),
  }));
  const { caption, header, rows } = publishedRows(published, columns);
  return [`${caption}:`, '', markdownTable([header, ...rows]), ''];
}

function claimTable(scenario: Scenario, cells: readonly CellReport[]): string[] {
  if (scenario.claims.length === 0) return [];
  const { header, rows } = claimRows(scenario, cells);
  return ['Reported from the field, and what this run shows:', '', markdownTable([header, ...rows]), ''];
}

/** ` (variants, profiles, form)` that an expectation is limited to, or nothing. */
export function onlyFor({ variants, profiles, form }: Scenario['expectations'][number]): string {
  const limits = [...(variants ?? []), ...(profiles ?? []), ...(form === undefined ? [] : [`${form} form`])];
  return limits.length === 0 ? '' : ` (${limits.join(', ')})`;
}

/** The path of a request, as one line: every topology of the catalogue is a chain. */
export function drawing(scenario: Scenario): string {
  const order = [scenario.load.from];
  for (let next: string | undefined = scenario.load.from; next !== undefined; ) {
    const last: string = next;
    next = scenario.links
      .map((link) => linkParts(link).between)
      .filter((between) => between.includes(last))
      .flat()
      .find((kind) => !order.includes(kind));
    if (next !== undefined) order.push(next);
  }
  return order.map((kind, index) => `${arrow(scenario, order[index - 1], kind)}${nodeText(scenario, kind)}`).join('');
}

function arrow({ links }: Scenario, from: string | undefined, to: string): string {
  if (from === undefined) return '';
  const parts = links.map(linkParts).find(({ between }) => between.includes(from) && between.includes(to));
  const shape = shapeText(parts?.shape ?? {});
  return shape === '' ? ' ──▶ ' : ` ──(${shape})──▶ `;
}

function nodeText(scenario: Scenario, kind: string): string {
  const peer = scenario.peers[kind] as PeerSpec;
  const self = scenario.links.find((link) => isLocal(link) && linkParts(link).between.includes(kind));
  const count = peer.count > 1 ? ` ×${peer.count}` : '';
  const serves = peer.serves.map((spec) => ` :${spec.ports.join(',')} ${spec.server}`).join('');
  return `${kind}${count}${serves}${peer.forwards ? ' (forwards, source NAT)' : ''}${self === undefined ? '' : ' ⟲ its own client'}`;
}

function table(scenario: Scenario, cells: readonly CellReport[]): string {
  const keepers = Object.entries(scenario.peers).filter(([, peer]) => !peer.forwards);
  const head = [
    'cell',
    'verdict',
    'done of attempts',
    'failures',
    ...keepers.map(([kind]) => `TIME_WAIT created: ${kind}`),
    ...scenario.columns.map((name) => `\`${name}\``),
  ];
  const rows = cells.map((cell) => [
    nameOf(cell),
    cell.verdict,
    ...(isMeasured(cell)
      ? [
          `${figure(cell.load.completed)} of ${figure(cell.load.attempts)}`,
          failures(cell.load.failures),
          ...keepers.map(([kind]) => number(cell, `${kind}.timeWait.created`)),
          ...scenario.columns.map((name) => value(cell, name)),
        ]
      : [cell.reason]),
  ]);
  return markdownTable([head, ...rows]);
}

function failures(list: readonly { errno: string; count: number }[] | null): string {
  if (list === null) return 'not seen';
  return list.map(({ errno, count }) => `${figure(count)} ${errno}`).join(', ') || 'none';
}

function number(cell: CellReport, name: string): string {
  const read = readNumber(cell, name);
  return read === null ? 'not read' : withUnit(read, unitOf(name));
}

function value(cell: CellReport, name: string): string {
  const read = readMetric(cell, name);
  return typeof read === 'number' ? number(cell, name) : String(read ?? 'not read');
}
