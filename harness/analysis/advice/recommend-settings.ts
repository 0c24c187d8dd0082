import { duration, figure, withUnit } from '../../model/figure.ts';
import type { MeasuredCell, Recommendation } from '../../model/report.ts';
import { parsePortRange, portRangeKey, reservedPortsKey } from '../../model/sysctls.ts';
import { timeWaitMs } from '../cell/time-wait-life.ts';
import { believable } from '../compare/compare-profiles.ts';
import { badness } from '../compare/compared-metrics.ts';
import type { CellGroup } from '../compare/group-cells.ts';
import { failuresText, inTrouble, medianOf } from '../compare/group-figures.ts';
import { listenersWarning } from './listeners-in-range.ts';
import {
  effectiveChanges,
  isAdvisable,
  reuseKey,
  type SettingChange,
  settingChanges,
  settingsOf,
  settingsText,
} from './settings-change.ts';
import { costsOf } from './settings-costs.ts';

/** Another profile than the one in trouble. */
interface Tried {
  group: CellGroup;
  after: MeasuredCell[];
  /** All settings that differ, and those of them that can have had an effect. */
  changes: SettingChange[];
  effective: SettingChange[];
}

/**
 * Advice on kernel settings: every profile of a scenario against the first one that ran out of a resource; a setting
 * cannot help where nothing is wrong. Recommends what the run tried and what helped, with values at real size.
 */
export function settingAdvice(groups: readonly CellGroup[]): Recommendation[] {
  const base = groups.find((group) => isTroubled(believable(group.cells)));
  if (base === undefined) return [];
  const before = believable(base.cells);
  const tried = groups
    .filter((group) => group !== base)
    .flatMap((group): Tried[] => {
      const after = believable(group.cells);
      const [a, b] = [before[0], after[0]];
      if (a === undefined || b === undefined) return [];
      const changes = settingChanges(a, b);
      return [{ group, after, changes, effective: effectiveChanges(changes, after) }];
    });
  const advisable = tried.filter(({ effective }) => effective.length > 0 && effective.every(isAdvisable));
  const cures = nearestToDefault(smallest(advisable.filter(({ after }) => isCured(before, after))));
  const delays = smallest(advisable.filter(({ after }) => putsOff(before, after)));
  const set = [...cures, ...delays].flatMap(({ effective }) => effective.map(({ key }) => key));
  return [
    ...cures.map((one) => ({
      ...recommendation('set', base, one, `Set ${settingsText(one.effective)}`, figuresOf(base, before, one)),
      inShort: curedText(before, one),
    })),
    ...delays.map((one) => {
      const because = `${figuresOf(base, before, one)} ${ceilings(before, one)}`.trim();
      const real = realCeilings(before, one);
      const action = `Set ${settingsText(one.effective)}${real === null ? ' to delay exhaustion' : ''}`;
      const inShort = real === null ? delayedText(before, one) : `up to ${real.to}, not ${real.from}`;
      return { ...recommendation('put-off', base, one, action, because), inShort };
    }),
    ...tried.flatMap((one) => {
      const [only, ...more] = one.changes;
      if (only === undefined || more.length > 0 || set.includes(only.key) || !isRefuted(before, one)) return [];
      const outcome = badness(one.after) > badness(before) ? 'made it worse' : 'had no effect here';
      const { settings: _, ...advice } = recommendation(
        'leave',
        base,
        one,
        `Leave ${only.key} alone: ${only.to} ${outcome}`,
        figuresOf(base, before, one),
      );
      return [{ ...advice, inShort: `${failuresText(before)} → ${failuresText(one.after)}` }];
    }),
  ];
}

function isTroubled(cells: readonly MeasuredCell[]): boolean {
  return cells.length > 0 && cells.every(inTrouble);
}

function recommendation(
  kind: NonNullable<Recommendation['kind']>,
  base: CellGroup,
  { effective }: Tried,
  action: string,
  because: string,
): Recommendation {
  const { scenario, variant, profile, form } = base;
  const cells = { ...(variant !== undefined && { variant }), profile, form };
  const costs = costsOf(effective);
  return {
    scenario,
    kind,
    cells,
    action,
    because,
    settings: settingsOf(effective),
    ...(costs.length > 0 && { costs }),
  };
}

/** In every repetition. */
function isCured(before: readonly MeasuredCell[], after: readonly MeasuredCell[]): boolean {
  return after.every((cell) => cell.verdict === 'healthy') && badness(after) < badness(before);
}

/** At least half as long again until the ports ran out, or until the load ended without that. */
function putsOff(before: readonly MeasuredCell[], after: readonly MeasuredCell[]): boolean {
  if (isCured(before, after) || badness(after) > badness(before)) return false;
  const was = medianOf(before, 'phases.timeToExhaustionMs');
  const lasted = after.map(lastedMs);
  return was !== null && lasted.every((ms) => ms !== null && ms >= was * 1.5);
}

/** `null`: it ended for another reason, such as a bucket limit that drops TIME_WAITs. */
function lastedMs({ verdict, phases, load }: MeasuredCell): number | null {
  if (phases.timeToExhaustionMs !== undefined) return phases.timeToExhaustionMs;
  return verdict === 'degraded' || verdict === 'inconclusive' ? load.durationMs : null;
}

/** Without profiles that only add settings to another one: the smaller change is the one that helps. */
function smallest(tried: readonly Tried[]): Tried[] {
  const sets = tried.map(
    (one) => new Set(one.effective.flatMap(({ key, to, roles }) => roles.map((role) => `${role} ${key}=${to}`))),
  );
  return tried.filter((_, i) => {
    const own = sets[i] as Set<string>;
    return !sets.some(
      (other, j) => j !== i && [...other].every((one) => own.has(one)) && (other.size < own.size || j < i),
    );
  });
}

/** Where tcp_tw_reuse cures with 2, which acts on loopback alone, 1 is more than is needed. */
function nearestToDefault(tried: readonly Tried[]): Tried[] {
  const key = ({ effective }: Tried, value: string) =>
    JSON.stringify(effective.map((one) => (one.key === reuseKey ? { ...one, to: value } : one)));
  const withDefault = new Set(tried.filter(({ effective }) => reuseOf(effective) === '2').map((one) => key(one, '1')));
  return tried.filter((one) => reuseOf(one.effective) !== '1' || !withDefault.has(key(one, '1')));
}

function reuseOf(changes: readonly SettingChange[]): string | null | undefined {
  return changes.find(({ key }) => key === reuseKey)?.to;
}

/** connect() takes back no TIME_WAIT that is younger: tcp_tw_reuse_delay's default, and fixed before Linux 6.14. */
const leastReuseAgeMs = 1000;

/** The same trouble, but later or for fewer: more than a tenth more connections were made, which is more than scatter. */
function letMoreThrough(before: readonly MeasuredCell[], after: readonly MeasuredCell[]): boolean {
  const [was, is] = [medianOf(before, 'load.completed'), medianOf(after, 'load.completed')];
  return was !== null && is !== null && is > was * 1.1;
}

/** A negative control: a single setting that improved nothing. */
function isRefuted(before: readonly MeasuredCell[], { changes, after }: Tried): boolean {
  const [only] = changes;
  if (only === undefined || only.to === null || only.key === portRangeKey || putsOff(before, after)) return false;
  // A reservation protects a listener; it never was meant to free ports.
  if (only.key === reservedPortsKey) return false;
  // Turning a fix off is not a control.
  if (only.key === reuseKey && only.from === '1') return false;
  // Nor is a load that was over before a TIME_WAIT was old enough.
  if (only.key === reuseKey && after.every(({ load }) => load.durationMs < 2 * leastReuseAgeMs)) return false;
  return isTroubled(after) && badness(after) >= badness(before) && !letMoreThrough(before, after);
}

function figuresOf(base: CellGroup, before: readonly MeasuredCell[], { group, after, effective }: Tried): string {
  const side = (cells: readonly MeasuredCell[]) => {
    const exhaustion = medianOf(cells, 'phases.timeToExhaustionMs');
    const parts = [
      `${cells[0]?.verdict}`,
      ...(exhaustion === null ? [] : [`after ${duration(exhaustion)}`]),
      failuresText(cells),
      `${figure(medianOf(cells, 'load.completed') ?? 0)} connections`,
    ];
    return parts.join(', ');
  };
  const extra = effective.some(({ key }) => key === reuseKey) ? `, ${figure(recycledIn(after))} TIME_WAITs reused` : '';
  return `${base.profile}: ${side(before)}; ${group.profile}: ${side(after)}${extra}.${scaledText(before, after)}`;
}

/** `2,000 failures → 0`. */
function curedText(before: readonly MeasuredCell[], { after }: Tried): string {
  return `${failuresText(before)} → ${figure(medianOf(after, 'load.failures') ?? 0)}`;
}

/** `ports last 2.6 × as long: 2 s → 5.12 s`; after a load that ended first, that they did not run out. */
function delayedText(before: readonly MeasuredCell[], { after }: Tried): string {
  const [was, is] = [medianOf(before, 'phases.timeToExhaustionMs'), medianOf(after, 'phases.timeToExhaustionMs')];
  if (was === null) return `${failuresText(before)} → ${failuresText(after)}`;
  if (is === null) return `ran out after ${duration(was)} → not within ${duration(after[0]?.load.durationMs ?? 0)}`;
  return `ports last ${figure(is / was)} × as long: ${duration(was)} → ${duration(is)}`;
}

function recycledIn(cells: readonly MeasuredCell[]): number {
  const roles = Object.keys(cells[0]?.peers ?? {});
  return roles.reduce((sum, role) => sum + (medianOf(cells, `${role}.timeWait.recycled`) ?? 0), 0);
}

/** The quick form used other ranges than the settings that are printed. */
function scaledText(before: readonly MeasuredCell[], after: readonly MeasuredCell[]): string {
  const scaled = [...before, ...after].some((cell) =>
    Object.values(cell.peers).some(({ sysctls }) => sysctls.unscaled),
  );
  const [was, is] = [medianOf(before, 'budget.ports'), medianOf(after, 'budget.ports')];
  if (!scaled || was === null || is === null) return '';
  return ` Measured in the quick form, through ${figure(was)}${was === is ? '' : ` and ${figure(is)}`} ports.`;
}

/** What a wider range does at real size, and which listeners lie in it. */
function ceilings(before: readonly MeasuredCell[], tried: Tried): string {
  const real = realCeilings(before, tried);
  if (real === null) return '';
  const range = tried.effective.find(({ key }) => key === portRangeKey);
  const listeners = listenersWarning(before[0], range?.roles ?? [], range?.to ?? '');
  return `At real size the ceiling rises from ${real.from} to ${real.to}.${listeners}`;
}

/** Connections per second that the range before and after a change sustains; `null`: the range did not change. */
function realCeilings(before: readonly MeasuredCell[], { effective }: Tried): { from: string; to: string } | null {
  const range = effective.find(({ key }) => key === portRangeKey);
  const [from, to] = [parsePortRange(range?.from ?? ''), parsePortRange(range?.to ?? '')];
  const budget = before[0]?.budget;
  if (from === null || to === null || budget == null) return null;
  const rate = ({ low, high }: { low: number; high: number }) =>
    withUnit(((high - low + 1) * budget.destinations * budget.sources * 1000) / timeWaitMs, '/s');
  return { from: rate(from), to: rate(to) };
}
