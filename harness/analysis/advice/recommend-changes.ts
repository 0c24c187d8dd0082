import { figure } from '../../model/figure.ts';
import type { MeasuredCell, Recommendation } from '../../model/report.ts';
import { believable } from '../compare/compare-profiles.ts';
import { badness } from '../compare/compared-metrics.ts';
import { type CellGroup, scenarioTitle } from '../compare/group-cells.ts';
import { failuresText, medianOf } from '../compare/group-figures.ts';
import { timestampsOff } from './settings-change.ts';
import { type Shortage, shortageOf } from './shortage.ts';

/*
 * Advice to change the program or the topology, and the one setting that undoes another. Each function gives advice for
 * one group of cells, or none.
 */

type Kind = NonNullable<Recommendation['kind']>;

function advise(kind: Kind, group: CellGroup, action: string, because: string): Recommendation {
  const { scenario, variant, profile, form } = group;
  return { scenario, kind, cells: { ...(variant !== undefined && { variant }), profile, form }, action, because };
}

/** Sockets that the program never closes stay forever; no setting helps. */
export function closeLeaks(group: CellGroup): Recommendation[] {
  const cells = believable(group.cells);
  return rolesOf(cells).flatMap((role) => {
    const peak = medianOf(cells, `${role}.states.CLOSE_WAIT.peak`) ?? 0;
    const left = medianOf(cells, `${role}.states.CLOSE_WAIT.atEnd`) ?? 0;
    if (left < 20 || left < peak / 2) return [];
    const because = `${figure(left)} connections in CLOSE_WAIT at ${role} at the end (${group.profile}): the other side closed them, the program did not. No kernel setting closes them.`;
    const advice = advise('close-connections', group, `Close the connections in the program at ${role}`, because);
    return [{ ...advice, inShort: `${figure(left)} in CLOSE_WAIT at the end; no kernel setting closes them` }];
  });
}

/** Reuse was requested, but timestamps are missing at one end. */
export function turnTimestampsOn(group: CellGroup): Recommendation[] {
  const cells = believable(group.cells);
  const shortage = shortageOf(cells);
  const [cell] = cells;
  if (shortage?.resource !== 'ports' || cell === undefined) return [];
  const off = timestampsOff(cell, shortage.roles);
  if (off.length === 0) return [];
  const recycled = shortage.roles.reduce((sum, role) => sum + (medianOf(cells, `${role}.timeWait.recycled`) ?? 0), 0);
  const because = `tcp_tw_reuse is 1 at ${shortage.roles.join(', ')}, and ${figure(recycled)} TIME_WAITs were reused (${describe(group)}): connect() reuses only where both ends have TCP timestamps.`;
  const setting = { 'net.ipv4.tcp_timestamps': '1' };
  return [
    {
      ...advise('enable-timestamps', group, `Set net.ipv4.tcp_timestamps=1 on ${off.join(', ')}`, because),
      settings: Object.fromEntries(off.map((role) => [role, setting])),
    },
  ];
}

/**
 * One connection per answer, where that used up the ports or the TIME_WAIT buckets. Where a program counts no answers,
 * every connection that it closes first is taken for one.
 */
export function reuseConnections(group: CellGroup, all: readonly CellGroup[]): Recommendation[] {
  const cells = believable(group.cells);
  const shortage = shortageOf(cells);
  if (shortage === null || cells.some((cell) => cell.load.closePolicy === 'leak')) return [];
  const counted = medianOf(cells, 'load.answers');
  const opened = openedBy(cells, shortage);
  if (opened === null || opened === 0) return [];
  if (counted === null && totalCreated(cells) < opened / 2) return [];
  const answers = counted ?? opened;
  if (answers / opened > 1.5) return [];
  const kept = all.find((other) => {
    const measured = believable(other.cells);
    const [many, few] = [medianOf(measured, 'load.answers'), openedBy(measured, shortage)];
    return (
      many !== null && few !== null && few > 0 && many / few >= 5 && measured.every((c) => c.verdict === 'healthy')
    );
  });
  const forAnswers = counted === null ? '' : ` for ${figure(answers)} answers`;
  const own = `${figure(opened)} connections${forAnswers}, ${figure(totalCreated(cells))} TIME_WAITs (${describe(group)})`;
  const other =
    kept === undefined
      ? ''
      : `; ${scenarioTitle(kept)} made ${figure(totalCreated(believable(kept.cells)))} for ${figure(medianOf(believable(kept.cells), 'load.answers') ?? 0)} answers`;
  const isMiddle = shortage.roles.some((role) => (medianOf(cells, `${role}.counters.Tcp.PassiveOpens`) ?? 0) > 0);
  const where = isMiddle && shortage.resource === 'ports' ? ` at ${shortage.roles.join(', ')}` : '';
  const action = `Reuse connections${where} (keep-alive, a pool)`;
  const inShort = `${group.profile} opened ${figure(opened)}${counted === null ? ', each with a TIME_WAIT' : forAnswers}`;
  return [{ ...advise('reuse-connections', group, action, `${own}${other}.`), inShort }];
}

/** Connections that use the exhausted resource. `null`: not read, or the peers are not in these cells. */
function openedBy(cells: readonly MeasuredCell[], { resource, roles }: Shortage): number | null {
  if (resource === 'buckets') return medianOf(cells, 'load.connected');
  return roles.reduce<number | null>((sum, role) => {
    const opened = medianOf(cells, `${role}.counters.Tcp.ActiveOpens`);
    return sum === null || opened === null ? null : sum + opened;
  }, 0);
}

/** A pool that closes connections it will need again: its count of closed idle connections keeps rising. */
export function raiseIdleLimit(group: CellGroup, all: readonly CellGroup[]): Recommendation[] {
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
      return [advise('raise-idle-limit', group, action, `${there}${flatText}.`)];
    }
  }
  return [];
}

/**
 * Where the side that ran out of ports closes first, and a variant of the run in which the other side closes first has
 * no such problem. Only with such a variant: otherwise the advice could move the TIME_WAITs to a side whose ports they
 * use.
 */
export function closeAtTheOtherEnd(group: CellGroup, all: readonly CellGroup[]): Recommendation[] {
  const cells = believable(group.cells);
  const shortage = shortageOf(cells);
  if (shortage?.resource !== 'ports') return [];
  return shortage.roles.flatMap((role) => {
    const kept = perOpened(cells, role);
    if (kept === null || kept < 0.5) return [];
    const other = all.find((candidate) => {
      const measured = believable(candidate.cells);
      const free = perOpened(measured, role);
      const alike =
        candidate.scenario === group.scenario && candidate.form === group.form && candidate.profile === group.profile;
      const opened = medianOf(measured, `${role}.counters.Tcp.ActiveOpens`) ?? 0;
      const before = medianOf(cells, `${role}.counters.Tcp.ActiveOpens`) ?? 0;
      return (
        alike && free !== null && free < 0.5 && opened >= 0.8 * before && measured.every((c) => c.verdict === 'healthy')
      );
    });
    if (other === undefined) return [];
    const after = believable(other.cells);
    const figures = (measured: readonly MeasuredCell[]) =>
      `${figure(medianOf(measured, `${role}.timeWait.created`) ?? 0)} TIME_WAITs and ${failuresText(measured)}`;
    const because = `${role}: ${figures(cells)} (${describe(group)}), ${figures(after)} (${describe(other)}). At the side that accepted the connection a TIME_WAIT costs memory but no port.`;
    return [advise('close-at-other-end', group, `Let the side that ${role} connects to close first`, because)];
  });
}

/** TIME_WAITs that a peer keeps for each connection it opened. */
function perOpened(cells: readonly MeasuredCell[], role: string): number | null {
  const opened = medianOf(cells, `${role}.counters.Tcp.ActiveOpens`);
  const created = medianOf(cells, `${role}.timeWait.created`);
  return opened === null || created === null || opened === 0 ? null : created / opened;
}

/** The ceiling is per four-tuple: variants of one scenario with more addresses or ports show it. */
export function moreFourTuples(groups: readonly CellGroup[]): Recommendation[] {
  return [...new Set(groups.map((group) => group.scenario))].flatMap((scenario) => {
    const tried = groups
      .filter((group) => group.scenario === scenario)
      .flatMap((group) => {
        const cells = believable(group.cells);
        const budget = cells[0]?.budget;
        if (budget == null) return [];
        const { destinations, sources, ports } = budget;
        return [{ group, cells, product: destinations * sources, ports, destinations, sources }];
      });
    const [few] = tried
      .filter(({ cells }) => cells.every(({ budget }) => budget?.sharedBy === undefined))
      .filter(({ cells }) => shortageOf(cells)?.resource === 'ports')
      .sort((a, b) => a.product - b.product);
    if (few === undefined) return [];
    const more = tried
      .filter((t) => t.group.profile === few.group.profile && t.group.form === few.group.form && t.ports === few.ports)
      .filter((t) => t.product > few.product && badness(t.cells) <= badness(few.cells))
      .map((t) => ({ ...t, answers: medianOf(t.cells, 'load.completed') ?? 0 }))
      .sort((a, b) => b.answers - a.answers)[0];
    const before = medianOf(few.cells, 'load.completed') ?? 0;
    if (more === undefined || more.answers < before * 1.3) return [];
    const text = (t: { destinations: number; sources: number }) =>
      `${times(t.destinations, 'destination')} × ${times(t.sources, 'source')}`;
    const because = `${figure(before)} connections through ${text(few)}, ${figure(more.answers)} through ${text(more)}.`;
    const action = 'Use more destination ports or addresses, or more source addresses';
    return [advise('more-four-tuples', few.group, action, because)];
  });
}

/** bind() with port 0 before connect(): all destinations share the ports of one source address. */
export function bindWithoutPort(group: CellGroup, all: readonly CellGroup[]): Recommendation[] {
  const cells = believable(group.cells);
  const budget = cells[0]?.budget;
  const shortage = shortageOf(cells);
  if (budget?.sharedBy === undefined || shortage?.resource !== 'ports') return [];
  const { sharedBy, ports } = budget;
  const own = medianOf(cells, 'load.connected') ?? 0;
  const freed = all.find((other) => {
    const measured = believable(other.cells);
    const alike = other.scenario === group.scenario && other.form === group.form && other.profile === group.profile;
    return alike && measured[0]?.budget?.destinations === sharedBy && measured[0].budget.sharedBy === undefined;
  });
  const then =
    freed === undefined
      ? `; without that there are ${figure(ports * sharedBy * budget.sources)} four-tuples`
      : `; ${figure(medianOf(believable(freed.cells), 'load.connected') ?? 0)} with ${describe(freed)}`;
  const because = `${figure(own)} connections to ${figure(sharedBy)} destinations through ${figure(ports)} ports (${describe(group)}): bind() chose each port before the destination was known${then}.`;
  const action = `Set IP_BIND_ADDRESS_NO_PORT before bind() at ${shortage.roles.join(', ')}, or leave bind() out`;
  const inShort = `${figure(sharedBy)} destinations share ${figure(ports)} ports`;
  return [{ ...advise('bind-without-port', group, action, because), inShort }];
}

function times(count: number, noun: string): string {
  return `${figure(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function totalCreated(cells: readonly MeasuredCell[]): number {
  return rolesOf(cells).reduce((sum, role) => sum + (medianOf(cells, `${role}.timeWait.created`) ?? 0), 0);
}

function rolesOf(cells: readonly MeasuredCell[]): string[] {
  return [...new Set(cells.flatMap((cell) => Object.keys(cell.peers)))];
}

/** Variant and profile, which identify a group within its scenario. */
function describe(group: CellGroup): string {
  return group.variant === undefined ? group.profile : `${group.variant}, ${group.profile}`;
}
