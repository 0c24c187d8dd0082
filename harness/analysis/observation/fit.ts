import { figure, percentChange, withUnit } from '../../model/figure.ts';
import type { Fit, ObservedFigures } from '../../model/fit.ts';
import type { CellReport, MeasuredCell } from '../../model/report.ts';
import { believable } from '../compare/compare-profiles.ts';
import { groupCells, scenarioKey } from '../compare/group-cells.ts';
import type { CellRecord } from '../journal/collect.ts';
import { median } from '../statistics/statistics.ts';

type FitFigure = Fit['figures'][number];

/** Relative difference up to which a figure counts as reproduced. */
const near = 0.1;
/** A shorter load ends before the first TIME_WAITs do, below their plateau. */
const plateauMs = 60_000;

/** Observed and reproduced figures of every scenario that was saved from an observation. Pure. */
export function fitsOf(records: readonly CellRecord[], cells: readonly CellReport[]): Fit[] {
  const groups = groupCells(cells);
  return [...new Set(groups.map(scenarioKey))].flatMap((key): Fit[] => {
    const those = groups.filter((group) => scenarioKey(group) === key);
    const ids = new Set(those.flatMap((group) => group.cells.map(({ id }) => id)));
    const plan = records.find((record) => ids.has(record.plan.id))?.plan;
    const observed = plan?.scenario.observed;
    if (plan === undefined || observed === undefined) return [];
    const group = observed.profiles.flatMap((name) => those.find(({ profile }) => profile === name) ?? [])[0];
    const measured = believable(group?.cells ?? []);
    if (group === undefined || measured.length === 0) return [];
    const { scenario, variant, profile, form } = group;
    const figures = figuresOf(observed, measured, plan.scenario.subject);
    const fits = figures.every(({ isNear }) => isNear !== false);
    const sentence = sentenceOf(figures, profile);
    const head = { scenario, ...(variant !== undefined && { variant }), profile, form };
    return [{ ...head, source: observed.source, fits, sentence, figures }];
  });
}

function figuresOf(observed: ObservedFigures, cells: readonly MeasuredCell[], subject: string): FitFigure[] {
  const verdicts = [...new Set(cells.map(({ verdict }) => verdict))];
  const [verdict] = verdicts;
  const plateau = cells.every(reachedPlateau)
    ? medianOf(cells, (cell) => cell.peers[subject]?.states.TIME_WAIT?.peak ?? null)
    : null;
  const shares = Object.entries(observed.closedFirst).map(([role, share]): FitFigure => {
    const reproduced = medianOf(cells, (cell) => cell.closedFirst[role] ?? null);
    const difference = reproduced === null ? null : reproduced - share;
    const isNear = difference === null ? null : Math.abs(difference) <= near;
    return {
      figure: 'closedFirst',
      label: `closed first by ${role}`,
      role,
      observed: share,
      reproduced,
      difference,
      isNear,
    };
  });
  return [
    {
      ...{ figure: 'verdict', label: 'verdict', observed: observed.verdict, reproduced: verdicts.join(', ') },
      ...{ difference: null, isNear: verdicts.length === 1 && verdict === observed.verdict },
    },
    relative('rate', 'connections while ports are free', observed.ratePerSec, medianOf(cells, freeRate)),
    ...(observed.plateau === null ? [] : [relative('plateau', 'TIME_WAIT plateau', observed.plateau, plateau)]),
    ...shares,
  ];
}

function relative(name: FitFigure['figure'], label: string, observed: number, reproduced: number | null): FitFigure {
  const difference =
    reproduced === null ? null : observed === 0 ? (reproduced === 0 ? 0 : 1) : (reproduced - observed) / observed;
  const isNear = difference === null ? null : Math.abs(difference) <= near;
  return { figure: name, label, observed, reproduced, difference, isNear };
}

/** Connections per second until the ports ran out: later ones are as many as become free. */
function freeRate({ phases, load }: MeasuredCell): number | null {
  let [connections, ms] = [0, 0];
  for (const { phase, fromMs, toMs, connectedPerSec } of phases.stretches) {
    if (phase === 'exhausted') break;
    if (connectedPerSec === null) return null;
    connections += (connectedPerSec * (toMs - fromMs)) / 1000;
    ms += toMs - fromMs;
  }
  if (ms > 0) return (connections / ms) * 1000;
  return phases.timeToExhaustionMs === undefined ? load.rate.achieved : null;
}

function reachedPlateau({ load, phases }: MeasuredCell): boolean {
  return load.durationMs >= plateauMs || phases.timeToExhaustionMs !== undefined;
}

function sentenceOf(figures: readonly FitFigure[], profile: string): string {
  const far = figures.filter(({ isNear }) => isNear === false);
  const same = figures.filter(({ isNear }) => isNear === true);
  const unknown = figures.filter(({ isNear }) => isNear === null).map(({ label }) => label);
  const missing = unknown.length === 0 ? '' : ` Not measured: ${unknown.join(', ')}.`;
  const texts = (those: readonly FitFigure[]) => those.map(figureText).join('; ');
  const within = `within ${figure(near * 100)} %`;
  if (far.length === 0) return `${profile} reproduces the observation ${within}: ${texts(same)}.${missing}`;
  const rest = same.length === 0 ? '' : ` The rest is ${within}: ${texts(same)}.`;
  return `${profile} does not reproduce the observation: ${texts(far)}.${rest}${missing} Its other figures may not hold for the host.`;
}

/** `TIME_WAIT plateau 980, predicted 1,000 (−2 %)`; where both are the same the figure alone. */
function figureText(one: FitFigure): string {
  const { label, observed, reproduced, difference } = one;
  const ours = `${label} ${fitText(one, reproduced)}`;
  if (reproduced === observed) return ours;
  const change = difference === null || one.figure === 'closedFirst' ? '' : ` (${percentChange(difference * 100)})`;
  return `${ours}, ${one.figure === 'plateau' ? 'predicted' : 'observed'} ${fitText(one, observed)}${change}`;
}

/** A value of this figure for people. */
export function fitText({ figure: name }: Pick<FitFigure, 'figure'>, value: number | string | null): string {
  if (value === null) return 'not measured';
  if (typeof value === 'string') return value;
  if (name === 'rate') return withUnit(value, '/s');
  return name === 'closedFirst' ? `${figure(Math.round(value * 1000) / 10)} %` : figure(Math.round(value));
}

function medianOf(cells: readonly MeasuredCell[], read: (cell: MeasuredCell) => number | null): number | null {
  const values = cells.map(read).filter((value) => value !== null);
  return values.length === 0 ? null : median(values);
}
