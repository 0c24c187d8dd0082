import { figure } from '../../model/figure.ts';
import type { CellReport, MeasuredCell, Recommendation } from '../../model/report.ts';
import { believable } from '../compare/compare-profiles.ts';
import { type CellGroup, groupCells, scenarioKey, scenarioTitle } from '../compare/group-cells.ts';
import { inTrouble, of } from '../compare/group-figures.ts';
import { settingAdvice } from './recommend-settings.ts';

/**
 * What to do about the problems that a run has shown, with figures from that run. A setting is recommended only if the
 * run tried it and it helped; one that was tried without effect is reported as such.
 */
export function recommend(cells: readonly CellReport[]): Recommendation[] {
  const groups = groupCells(cells).filter((group) => believable(group.cells).length > 0);
  const advice = groups.flatMap((group) => [
    ...closeLeaks(group),
    ...reuseConnections(group, groups),
    ...raiseIdleLimit(group, groups),
    ...closeAtTheOtherEnd(group),
  ]);
  for (const key of new Set(groups.map(scenarioKey))) {
    const same = groups.filter((group) => scenarioKey(group) === key);
    advice.push(...settingAdvice(same));
  }
  advice.push(...moreFourTuples(groups));
  const seen = new Set<string>();
  return advice.filter(({ scenario, action }) => {
    const key = `${scenario} ${action}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

/** Sockets that the program never closes stay forever; no setting helps. */
function closeLeaks(group: CellGroup): Recommendation[] {
  const cells = believable(group.cells);
  return rolesOf(cells).flatMap((role) => {
    const peak = of(cells, `${role}.states.CLOSE_WAIT.peak`) ?? 0;
    const left = of(cells, `${role}.states.CLOSE_WAIT.atEnd`) ?? 0;
    if (left < 20 || left < peak / 2) return [];
    const because = `${figure(left)} connections in CLOSE_WAIT at ${role} at the end (${group.profile}): the other side closed them, the program did not. No kernel setting closes them.`;
    return [{ scenario: group.scenario, action: `Close the connections in the program at ${role}`, because }];
  });
}

/** One connection per answer, where that filled the ports. */
function reuseConnections(group: CellGroup, all: readonly CellGroup[]): Recommendation[] {
  const cells = believable(group.cells).filter(inTrouble);
  const perAnswer = answersPerConnection(cells);
  if (cells.length === 0 || perAnswer === null || perAnswer > 1.5) return [];
  const kept = all.find((other) => {
    const measured = believable(other.cells);
    return (answersPerConnection(measured) ?? 0) >= 5 && measured.every((cell) => cell.verdict === 'healthy');
  });
  const created = totalCreated(cells);
  const own = `${figure(created)} TIME_WAITs for ${figure(of(cells, 'load.answers') ?? 0)} answers, one connection each (${group.profile})`;
  const other =
    kept === undefined
      ? ''
      : `; ${scenarioTitle(kept)} made ${figure(totalCreated(believable(kept.cells)))} for ${figure(of(believable(kept.cells), 'load.answers') ?? 0)} answers`;
  return [{ scenario: group.scenario, action: 'Reuse connections: keep-alive, or a pool', because: `${own}${other}.` }];
}

/** A pool that closes connections it will need again: its count of closed idle connections keeps rising. */
function raiseIdleLimit(group: CellGroup, all: readonly CellGroup[]): Recommendation[] {
  const [cell] = believable(group.cells);
  for (const [role, peer] of Object.entries(cell?.peers ?? {})) {
    for (const [name, gauge] of Object.entries(peer.gauges)) {
      if (!/idle_?closed$/i.test(name) || gauge.last - gauge.first < 20) continue;
      const flat = all.find((other) => {
        const reading =
          other.scenario === group.scenario ? believable(other.cells)[0]?.peers[role]?.gauges[name] : undefined;
        return reading !== undefined && reading.last - reading.first <= (gauge.last - gauge.first) / 10;
      });
      const there = `${name} at ${role} rose from ${figure(gauge.first)} to ${figure(gauge.last)} (${describe(group)}): the pool closes connections and then reopens them`;
      const flatText =
        flat === undefined
          ? ''
          : `; with ${describe(flat)} it ended at ${figure(believable(flat.cells)[0]?.peers[role]?.gauges[name]?.last ?? 0)}`;
      const action = "Raise the pool's limit of idle connections to the concurrency";
      return [{ scenario: group.scenario, action, because: `${there}${flatText}.` }];
    }
  }
  return [];
}

/** TIME_WAIT at a side that opens no connections: tcp_tw_reuse cannot help there, because only connect() reuses. */
function closeAtTheOtherEnd(group: CellGroup): Recommendation[] {
  const cells = believable(group.cells);
  return rolesOf(cells).flatMap((role) => {
    const created = of(cells, `${role}.timeWait.created`) ?? 0;
    const share = of(cells, `closedFirst.${role}`) ?? 0;
    const opens = of(cells, `${role}.counters.Tcp.ActiveOpens`) ?? 0;
    if (created < 100 || share < 0.5 || opens > created / 10) return [];
    const because = `${figure(created)} TIME_WAITs at ${role}, which closed first in ${figure(share * 100)} % and opened ${figure(opens)} connections (${describe(group)}); tcp_tw_reuse acts on connect(), so it does nothing at ${role}.`;
    return [
      {
        scenario: group.scenario,
        action: `Let the other side close first, or keep connections open at ${role}`,
        because,
      },
    ];
  });
}

/** The ceiling is per four-tuple: variants of one scenario with more addresses or ports show it. */
function moreFourTuples(groups: readonly CellGroup[]): Recommendation[] {
  return [...new Set(groups.map((group) => group.scenario))].flatMap((scenario) => {
    const tried = groups
      .filter((group) => group.scenario === scenario)
      .flatMap((group) => {
        const cells = believable(group.cells);
        const [first] = cells;
        if (first?.budget == null) return [];
        const { destinations, sources, ports } = first.budget;
        return [{ group, cells, product: destinations * sources, ports, destinations, sources }];
      });
    const [few] = tried.filter(({ cells }) => cells.every(inTrouble)).sort((a, b) => a.product - b.product);
    if (few === undefined) return [];
    const more = tried
      .filter((t) => t.group.profile === few.group.profile && t.ports === few.ports && t.product > few.product)
      .map((t) => ({ ...t, answers: of(t.cells, 'load.completed') ?? 0 }))
      .sort((a, b) => b.answers - a.answers)[0];
    const before = of(few.cells, 'load.completed') ?? 0;
    if (more === undefined || more.answers < before * 1.3) return [];
    const text = (t: { destinations: number; sources: number }) =>
      `${figure(t.destinations)} × destination and ${figure(t.sources)} × source`;
    const because = `${figure(before)} connections through ${text(few)}, ${figure(more.answers)} through ${text(more)}.`;
    return [{ scenario, action: 'Use more destination ports or addresses, or more source addresses', because }];
  });
}

function answersPerConnection(cells: readonly MeasuredCell[]): number | null {
  const answers = of(cells, 'load.answers');
  const connected = of(cells, 'load.connected');
  return answers === null || connected === null || connected === 0 ? null : answers / connected;
}

function totalCreated(cells: readonly MeasuredCell[]): number {
  return rolesOf(cells).reduce((sum, role) => sum + (of(cells, `${role}.timeWait.created`) ?? 0), 0);
}

function rolesOf(cells: readonly MeasuredCell[]): string[] {
  return [...new Set(cells.flatMap((cell) => Object.keys(cell.peers)))];
}

/** Variant and profile, which identify a group within its scenario. */
function describe(group: CellGroup): string {
  return group.variant === undefined ? group.profile : `${group.variant}, ${group.profile}`;
}
