import { type SettingRow, settingRows } from '../analysis/cell/settings.ts';
import { believable } from '../analysis/compare/compare-profiles.ts';
import { type CellGroup, groupCells, scenarioKey, scenarioTitle } from '../analysis/compare/group-cells.ts';
import type { CellTimelines, Timelines } from '../analysis/journal/timelines.ts';
import { figure } from '../model/figure.ts';
import type { Fit } from '../model/fit.ts';
import type { GateResult } from '../model/gates.ts';
import { type CellReport, isMeasured, type MeasuredCell, type Recommendation, type Report } from '../model/report.ts';
import { type Verdict, verdicts } from '../model/vocabulary.ts';
import { comparisonTable, type TableRow } from './comparison-table.ts';
import { doubtsAbout } from './doubts.ts';
import { tableNotes } from './notes.ts';
import { type PublishedRows, publishedRows } from './published-rows.ts';
import { loadLine, profileLabel } from './text/cell-lines.ts';

/** Everything an exporter shows, arranged for reading. All exporters render the same view. */
export interface ReportView {
  report: Report;
  scenarios: ScenarioView[];
  /** Number of cells by verdict, in the order of the vocabulary. */
  totals: [Verdict, number][];
  /** Reasons not to believe the figures, worst first. Empty: none known. */
  doubts: string[];
  timelines: Timelines;
  /** Every gate in every cell it is for. Empty: the run has none. */
  gates: readonly GateResult[];
}

export interface ScenarioView {
  /** Unique in the page, safe as an HTML id. */
  id: string;
  /** `lb-chain (plan-b)`. */
  name: string;
  title: string | null;
  story: string | null;
  form: string;
  columns: ProfileColumn[];
  rows: TableRow[];
  /** Settings that are not the kernel's defaults, or were requested; a value for each column. */
  settings: SettingRow[];
  /** Figures that others published for this experiment, to compare with ours. */
  published: PublishedRows | null;
  /** How well a saved load repeats what was observed; `null`: it is none. */
  fit: Fit | null;
  /** Notes that a reader of the table needs, one sentence each. */
  notes: string[];
  recommendations: Recommendation[];
}

/** All repetitions of the scenario under one profile. */
export interface ProfileColumn {
  profile: string;
  /** The profile with what the command line set in its place: `fin-timeout-10 (tcp_fin_timeout=15)`. */
  label: string;
  cells: CellReport[];
  /** The most frequent verdict. */
  verdict: Verdict;
  /** `exhausted`, or `exhausted 2, degraded 1` where repetitions differ. */
  verdictText: string;
  /** Why it was skipped or failed. */
  reason: string | null;
  /** The repetition that details and charts are of: of that verdict, the one with the middle rate. */
  shown: MeasuredCell | null;
  timeline: CellTimelines | null;
}

export function reportView(report: Report, timelines: Timelines = new Map()): ReportView {
  const groups = groupCells(report.cells);
  const keys = [...new Set(groups.map(scenarioKey))];
  const scenarios = keys.map((key, index) =>
    scenarioView(
      `scenario-${index + 1}`,
      groups.filter((group) => scenarioKey(group) === key),
      report,
      timelines,
    ),
  );
  const totals = verdicts.map((verdict): [Verdict, number] => [
    verdict,
    report.cells.filter((cell) => cell.verdict === verdict).length,
  ]);
  return {
    report,
    scenarios: onceOnly(scenarios),
    totals: totals.filter(([, n]) => n > 0),
    doubts: doubtsAbout(report),
    timelines,
    gates: report.gates ?? [],
  };
}

/** `groups`: the cells of one scenario, variant and form, by profile. */
function scenarioView(id: string, groups: readonly CellGroup[], report: Report, timelines: Timelines): ScenarioView {
  const columns = groups.map((group) => profileColumn(group.profile, group.cells, timelines));
  const { scenario = '', variant, form = '' } = groups[0] ?? {};
  const about = columns.map((column) => column.timeline?.about).find((known) => known != null);
  const compared = columns.map(({ profile }) =>
    report.comparisons.filter((c) => c.scenario === scenario && c.variant === variant && c.profile === profile),
  );
  const rows = comparisonTable(
    columns.map((column) => column.cells),
    compared,
  );
  const measured = columns.map(({ profile, cells }) => ({ profile, cells: believable(cells) }));
  return {
    id,
    name: scenarioTitle({ scenario, variant }),
    title: about?.title ?? null,
    story: about?.story ?? null,
    form,
    columns,
    rows,
    settings: settingRows(columns.map((column) => column.shown)),
    notes: tableNotes(measured, rows),
    published: about?.published == null ? null : publishedRows(about.published, measured),
    fit: (report.fits ?? []).find((one) => scenarioKey(one) === scenarioKey({ scenario, variant, form })) ?? null,
    recommendations: report.recommendations.filter((r) => r.scenario === scenario),
  };
}

/** A recommendation is for a scenario; with several variants it is shown at the first. */
function onceOnly(scenarios: ScenarioView[]): ScenarioView[] {
  const shown = new Set<Recommendation>();
  return scenarios.map((scenario) => {
    const recommendations = scenario.recommendations.filter((r) => !shown.has(r));
    for (const r of recommendations) shown.add(r);
    return { ...scenario, recommendations };
  });
}

function profileColumn(profile: string, cells: CellReport[], timelines: Timelines): ProfileColumn {
  const counts = new Map<Verdict, number>();
  for (const { verdict } of cells) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const ordered = [...counts].sort((a, b) => b[1] - a[1]);
  const verdict = ordered[0]?.[0] ?? 'failed';
  const verdictText = ordered.length === 1 ? verdict : ordered.map(([name, n]) => `${name} ${n}`).join(', ');
  const measured = cells.filter(isMeasured);
  const alike = measured.filter((cell) => cell.verdict === verdict);
  const byRate = (alike.length > 0 ? alike : measured).sort((a, b) => a.load.rate.achieved - b.load.rate.achieved);
  const shown = byRate[Math.floor((byRate.length - 1) / 2)] ?? null;
  const withoutNumbers = cells.find((cell) => cell.verdict === verdict && !isMeasured(cell));
  const reason = (withoutNumbers === undefined ? undefined : reasonText(withoutNumbers)) ?? withHint(shown) ?? null;
  // A failed cell may have readings up to the failure.
  const timeline = timelines.get(shown?.id ?? cells[0]?.id ?? '') ?? null;
  return { profile, label: profileLabel(cells[0], profile), cells, verdict, verdictText, reason, shown, timeline };
}

function withHint(cell: MeasuredCell | null): string | undefined {
  return cell?.hint === undefined ? cell?.reason : `${cell.reason}; ${cell.hint}`;
}

/** Why a cell has no verdict of its own, the hint, and what was measured before it failed. */
function reasonText(cell: CellReport): string | undefined {
  if (cell.verdict !== 'skipped' && cell.verdict !== 'failed') return undefined;
  const parts = [cell.reason, ...(cell.hint === undefined ? [] : [cell.hint])];
  if (cell.verdict === 'failed' && cell.partial !== undefined && cell.partial.load.attempts > 0) {
    const peaks = Object.entries(cell.partial.peers).map(([role, peer]) => `${role} ${figure(peer.timeWait.peak)}`);
    parts.push(`measured until then: ${loadLine(cell.partial)}; TIME_WAIT peak ${peaks.join(', ')}`);
  }
  return parts.join('; ');
}
