import { duration, figure, withUnit } from '../../model/figure.ts';
import type { MeasuredCell, Recommendation } from '../../model/report.ts';
import type { ProfileColumn, ReportView, ScenarioView } from '../view.ts';
import { distinctSettings } from './distinct-settings.ts';
import { portsOf, realSizeLines } from './real-size.ts';
import { type AnswerRow, answerRow, causesText } from './row.ts';

/**
 * What somebody on call wants to know about one scenario of a run, all of its variants side by side. Every report
 * begins with it.
 */
export interface Answer {
  scenario: string;
  /** What runs it again: its name, or the file that it is from. */
  argument: string;
  form: string;
  title: string | null;
  /** The result as one sentence. */
  finding: string;
  /** `500/s offered for 6 s`; `null`: nothing was measured. */
  load: string | null;
  /** What the quick form stands for; `null`: the full form. */
  quick: string | null;
  /** `settings`: those that set the row apart from others, at real size; may be empty. */
  rows: (AnswerRow & { settings: string })[];
  /** Heading of the column of failures: the errno where all have the same. */
  failureHead: string;
  why: string[];
  /** How well it repeats what was observed on a live host; empty: nothing was. */
  fit: string[];
  /** At most three, most effective first. */
  todo: { action: string; figure: string; costs: string[]; commands: string[] }[];
  atRealSize: string[];
  /** A footnote for each mark in the table. */
  caveats: { mark: string; text: string }[];
}

const mostAdvice = 3;
const mostWhy = 5;
const marks = ['*', '†', '‡', '§'];

/** One answer for each scenario and form of the view, in its order. */
export function answersOf({ scenarios, report }: Pick<ReportView, 'scenarios' | 'report'>): Answer[] {
  const key = (view: ScenarioView) => `${view.columns[0]?.cells[0]?.scenario ?? view.name} ${view.form}`;
  return [...new Set(scenarios.map(key))].map((one) =>
    answerOf(
      scenarios.filter((view) => key(view) === one),
      report.run.command,
    ),
  );
}

function answerOf(views: readonly ScenarioView[], command: readonly string[]): Answer {
  const [first] = views;
  const columns = views.flatMap((view) => view.columns.map((column) => ({ view, column })));
  const base = first?.columns[0]?.shown ?? null;
  const oneProfile = new Set(columns.map(({ column }) => column.label)).size === 1;
  const settings = distinctSettings(columns.map(({ column }) => column.shown));
  const rows = columns.map(({ column }, i) => {
    const variant = column.cells[0]?.variant;
    const label = variant === undefined ? column.label : oneProfile ? variant : `${variant}, ${column.label}`;
    return { ...answerRow(column, label, i === 0 && columns.length > 1, base), settings: settings[i] ?? '' };
  });
  const cells = columns.flatMap(({ column }) => column.shown ?? []);
  const quick = quickText(cells);
  const causes = [...new Set(cells.flatMap((cell) => (cell.load.failures ?? []).map(({ errno }) => errno)))];
  const advice = views.flatMap((view) => view.recommendations);
  const scenario = columns[0]?.column.cells[0]?.scenario ?? first?.name ?? '';
  return {
    scenario,
    argument: argumentOf(scenario, command),
    form: first?.form ?? '',
    title: first?.title ?? null,
    finding: findingOf(
      columns.map(({ column }, i) => ({ column, label: rows[i]?.label.replace(' (base)', '') ?? '' })),
      quick !== null,
    ),
    load: loadText(cells),
    quick,
    failureHead: causes.length === 1 ? (causes[0] as string) : 'failed',
    why: [...meaningOf(causes), ...why(cells, causes.length > 1), ...refuted(advice)].slice(0, mostWhy),
    fit: views.flatMap(({ fit }) => fit?.sentence ?? []),
    todo: todo(advice),
    atRealSize: realSizeLines(cells),
    ...marked(rows),
  };
}

/** A scenario file is not known by the name of its scenario. */
function argumentOf(scenario: string, command: readonly string[]): string {
  const file = command.find((argument) => /\.(ya?ml|json)$/.test(argument) && !argument.startsWith('-'));
  return command.includes(scenario) || file === undefined ? scenario : file;
}

/** Rows with the same caveat share a mark. */
function marked(rows: Answer['rows']): Pick<Answer, 'rows' | 'caveats'> {
  const texts = [...new Set(rows.flatMap((row) => (row.caveats.length > 0 ? [row.caveats.join('; ')] : [])))];
  const markOf = (row: AnswerRow) => {
    const index = texts.indexOf(row.caveats.join('; '));
    return index < 0 ? '' : (marks[index] ?? `(${index + 1})`);
  };
  return {
    rows: rows.map((row) => ({ ...row, result: `${row.result}${markOf(row)}` })),
    caveats: texts.map((text, i) => ({ mark: marks[i] ?? `(${i + 1})`, text })),
  };
}

/** `Ports run out with tw-reuse-0; tw-reuse-1 stops it.` */
function findingOf(all: readonly { column: ProfileColumn; label: string }[], isQuick: boolean): string {
  const is = (...verdicts: string[]) =>
    all.filter(({ column }) => verdicts.includes(column.verdict)).map(({ label }) => label);
  const list = (names: readonly string[]) =>
    names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(' and ');
  const [good, out] = [is('healthy'), is('exhausted')];
  const parts = [
    out.length > 0 ? `Ports run out with ${list(out)}` : '',
    is('leaking').length > 0 ? `Connections are never closed with ${list(is('leaking'))}` : '',
    is('overflow').length > 0 ? `The TIME_WAIT limit is reached with ${list(is('overflow'))}` : '',
    is('degraded').length > 0 ? `connect() becomes slow with ${list(is('degraded'))}` : '',
    is('inconclusive', 'unknown').length > 0 ? `Not decided: ${list(is('inconclusive', 'unknown'))}` : '',
    is('invalid', 'failed').length > 0 ? `No valid result: ${list(is('invalid', 'failed'))}` : '',
  ].filter((part) => part !== '');
  if (parts.length === 0) {
    return good.length > 0 ? 'No problem in any setting.' : 'Nothing was measured: every cell was skipped.';
  }
  const finding = `${parts.join('; ')}${good.length > 0 ? `; not with ${list(good)}` : ''}.`;
  return isQuick ? `In quick form: ${finding.replace(/^[PCTN](?=[a-z])/, (first) => first.toLowerCase())}` : finding;
}

function loadText(cells: readonly MeasuredCell[]): string | null {
  const texts = cells.map(({ load }) => {
    const rate = load.rate.offered === null ? 'as fast as it can' : `${withUnit(load.rate.offered, '/s')} offered`;
    const { durationMs } = load;
    return `${rate} for ${duration(durationMs < 1000 ? Math.round(durationMs) : Math.round(durationMs / 1000) * 1000)}`;
  });
  const [first, ...others] = [...new Set(texts)];
  return first === undefined ? null : others.length === 0 ? first : `${first} (first setting)`;
}

function quickText(cells: readonly MeasuredCell[]): string | null {
  const [cell] = cells;
  if (cell === undefined || cell.form !== 'quick') return null;
  const ports = portsOf(cell);
  const sense = 'which setting helps';
  if (ports === null || ports.real === ports.used) {
    return `quick: a short load. It shows ${sense}, not whether it holds at your rate.`;
  }
  const ceiling = cell.budget?.maxRatePerSec.predicted ?? null;
  const { offered } = cell.load.rate;
  const times =
    ceiling === null || ceiling <= 0 || offered === null || offered <= ceiling
      ? ''
      : `, and ${withUnit(offered, '/s')} is ${figure(Math.round(offered / ceiling))} times what ${figure(ports.used)} sustain`;
  const stands = (one: { used: number; real: number }) => `${figure(one.used)} ports stand for ${figure(one.real)}`;
  const others = cells.map(portsOf).filter((one) => one !== null && one.real !== ports.real && one.real !== one.used);
  const scaled = [...new Set([ports, ...others.filter((one) => one !== null)].map(stands))].slice(0, 3).join(', ');
  return `quick: ${scaled}${times}. It shows ${sense}; for rates see "At real size".`;
}

function why(cells: readonly MeasuredCell[], severalCauses: boolean): string[] {
  const [cell] = cells;
  if (cell === undefined) return [];
  return [
    ...(cell.reason === undefined ? [] : [cell.reason]),
    firstFin(cell),
    ...unclosed(cells),
    ...prediction(cell),
    ...(severalCauses ? cells.slice(0, 3).map((one) => `${one.profile}: ${causesText(one)}`) : []),
  ].slice(0, 4);
}

/** What the most usual error says to those who know it by its text. */
function meaningOf(causes: readonly string[]): string[] {
  return causes.includes('EADDRNOTAVAIL')
    ? ['EADDRNOTAVAIL: "cannot assign requested address", no free port to that destination.']
    : [];
}

/** Who closed first, and what that costs there. */
function firstFin(cell: MeasuredCell): string {
  const shares = Object.entries(cell.closedFirst).filter(([, share]) => share > 0);
  const [most] = shares.sort((a, b) => b[1] - a[1]);
  if (most === undefined) return 'no TIME_WAIT was created.';
  const [role, share] = most;
  const opens = (cell.peers[role]?.counters['Tcp.ActiveOpens'] ?? 0) > 0;
  const cost = opens
    ? 'each keeps its port in TIME_WAIT for 60 s.'
    : 'it accepted them, so that a TIME_WAIT costs memory there, no port.';
  const often = share > 0.9995 ? 'every connection' : `${figure(share * 100)} % of the connections`;
  return `${role} closed ${often} first: ${cost}`;
}

function unclosed(cells: readonly MeasuredCell[]): string[] {
  const found = cells.flatMap((cell) =>
    Object.entries(cell.peers).map(([role, { states }]) => ({ role, left: states.CLOSE_WAIT?.atEnd ?? 0, cell })),
  );
  const [most] = found.sort((a, b) => b.left - a.left);
  if (most === undefined || most.left < 10) return [];
  const { role, left, cell } = most;
  return [`${figure(left)} connections in CLOSE_WAIT at ${role} (${cell.profile}): its program never closed them.`];
}

/** Prediction and measurement side by side, where the ports did or should run out. */
function prediction(cell: MeasuredCell): string[] {
  const { predicted = null, measured = null } = cell.budget?.timeToExhaustionMs ?? {};
  if (predicted === null && measured === null) return [];
  const foreseen =
    predicted === null ? 'not predicted to run out' : `predicted to run out after ${duration(predicted)}`;
  const { durationMs } = cell.load;
  if (measured === null && predicted !== null && predicted > durationMs) {
    // Its reason says so already.
    if (cell.verdict === 'inconclusive') return [];
    return [
      `${cell.profile}: the load ended after ${duration(durationMs)}; at its rate the ports run out after ${duration(predicted)}.`,
    ];
  }
  if (measured === null) return [`${cell.profile}: ${foreseen}; it did not.`];
  return [`${cell.profile}: ${foreseen}${predicted === null ? ', but' : ','} ran out after ${duration(measured)}.`];
}

/** Settings that the run shows to be useless: they need no place among what to do. */
function refuted(advice: readonly Recommendation[]): string[] {
  return advice
    .filter(({ kind }) => kind === 'leave')
    .map(({ action, inShort }) => `${action}${inShort === undefined ? '' : ` (${inShort})`}.`);
}

/** The most effective first, as the analysis ordered them; what is to be left alone comes last. */
function todo(advice: readonly Recommendation[]): Answer['todo'] {
  return advice
    .filter(({ kind }) => kind !== 'leave')
    .slice(0, mostAdvice)
    .map(({ action, because, inShort, settings = {}, costs = [] }) => ({
      action,
      costs,
      figure: inShort ?? because,
      commands: Object.values(settings).flatMap((values) =>
        Object.entries(values).map(([key, value]) => `sysctl -w ${key}=${/\s/.test(value) ? `'${value}'` : value}`),
      ),
    }));
}
