import { duration, figure } from '../../model/figure.ts';
import type { MeasuredCell, Recommendation } from '../../model/report.ts';
import { foldWhiteSpace } from '../../model/sysctl-key.ts';
import { believable } from '../compare/compare-profiles.ts';
import { badness } from '../compare/compared-metrics.ts';
import type { CellGroup } from '../compare/group-cells.ts';
import { inTrouble, of } from '../compare/group-figures.ts';

/**
 * Advice on kernel settings: every profile of a scenario against its first one, and only where the first one is in
 * trouble: a setting cannot help where nothing is wrong.
 */
export function settingAdvice(groups: readonly CellGroup[]): Recommendation[] {
  const [base, ...others] = groups;
  if (base === undefined) return [];
  const before = believable(base.cells);
  if (!before.every(inTrouble)) return [];
  return others.flatMap((group) => {
    const after = believable(group.cells);
    const changed = changedSettings(before, after);
    if (changed.length === 0) return [];
    const figures = figuresOf(base, before, group, after, changed);
    const settings = changed.map(({ key, value }) => `${key}=${value}`).join(' and ');
    const healthy = after.filter((cell) => cell.verdict === 'healthy').length;
    const helped = healthy > after.length / 2 && badness(after) < badness(before);
    if (helped)
      return [
        { scenario: base.scenario, action: `Set ${settings} on ${whereActive(changed, after)}`, because: figures },
      ];
    if (longer(before, after)) {
      const action = `Set ${settings} on ${whereActive(changed, after)} to delay exhaustion`;
      return [
        {
          scenario: base.scenario,
          action,
          because: `${figures} It raises the budget, but the ports still run out at this rate.`,
        },
      ];
    }
    const [only] = changed;
    const same = badness(after) >= badness(before);
    if (changed.length > 1 || only === undefined || !same) return [];
    return [
      {
        scenario: base.scenario,
        action: `Leave ${only.key} alone: ${only.value} had no effect here`,
        because: figures,
      },
    ];
  });
}

interface Changed {
  key: string;
  value: string;
  roles: string[];
}

/** Settings that the other profile requests and that took effect, where the first profile has a different value. */
function changedSettings(before: readonly MeasuredCell[], after: readonly MeasuredCell[]): Changed[] {
  const [a, b] = [before[0], after[0]];
  const changed = new Map<string, Changed>();
  for (const [role, peer] of Object.entries(b?.peers ?? {})) {
    const was = a?.peers[role]?.sysctls.effective ?? {};
    for (const key of Object.keys(peer.sysctls.requested)) {
      const value = peer.sysctls.effective[key];
      if (value == null || foldWhiteSpace(was[key] ?? '') === foldWhiteSpace(value)) continue;
      const known = changed.get(key) ?? { key, value: foldWhiteSpace(value), roles: [] };
      known.roles.push(role);
      changed.set(key, known);
    }
  }
  return [...changed.values()];
}

/** Roles where the setting can act: it was set there and connections were opened there. */
function whereActive(changed: readonly Changed[], cells: readonly MeasuredCell[]): string {
  const roles = [...new Set(changed.flatMap((setting) => setting.roles))];
  const opening = roles.filter((role) => (of(cells, `${role}.counters.Tcp.ActiveOpens`) ?? 1) > 0);
  return (opening.length > 0 ? opening : roles).join(', ');
}

function longer(before: readonly MeasuredCell[], after: readonly MeasuredCell[]): boolean {
  const [was, is] = [of(before, 'phases.timeToExhaustionMs'), of(after, 'phases.timeToExhaustionMs')];
  return was !== null && is !== null && is >= was * 1.5 && badness(after) <= badness(before);
}

function figuresOf(
  base: CellGroup,
  before: readonly MeasuredCell[],
  group: CellGroup,
  after: readonly MeasuredCell[],
  changed: readonly Changed[],
): string {
  const side = (cells: readonly MeasuredCell[]) => {
    const exhaustion = of(cells, 'phases.timeToExhaustionMs');
    const parts = [
      `${cells[0]?.verdict}`,
      ...(exhaustion === null ? [] : [`after ${duration(exhaustion)}`]),
      `${figure(of(cells, 'load.failures') ?? 0)} failures`,
      `${figure(of(cells, 'load.completed') ?? 0)} connections`,
    ];
    return parts.join(', ');
  };
  const recycled = Object.keys(after[0]?.peers ?? {}).reduce(
    (sum, role) => sum + (of(after, `${role}.timeWait.recycled`) ?? 0),
    0,
  );
  const reuse = changed.some(({ key }) => key.includes('tcp_tw_reuse'));
  const extra = reuse ? `, ${figure(recycled)} TIME_WAITs reused` : '';
  return `${base.profile}: ${side(before)}; ${group.profile}: ${side(after)}${extra}.`;
}
