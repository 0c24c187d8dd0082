import { figure } from '../../model/figure.ts';
import { connectionsOf, readNumber } from '../../model/metrics.ts';
import type { MeasuredCell } from '../../model/report.ts';
import { median } from '../statistics/statistics.ts';

/** A smaller relative change is not reported; per connection, a smaller one counts as no change. */
const worthSaying = 0.1;
/** With fewer TIME_WAITs a share is meaningless. */
const leastTimeWaits = 50;

/**
 * A sentence for every profile and kind of peer whose TIME_WAIT changed only in proportion to the load: fewer
 * connections leave fewer of them, whatever the setting. `groups`: repetitions by profile, the first is the base.
 * Pure.
 */
export function changesThatFollowTheLoad(
  groups: readonly { profile: string; cells: readonly MeasuredCell[] }[],
): string[] {
  const [base, ...others] = groups;
  if (base === undefined) return [];
  const kinds = [...new Set(base.cells.flatMap((cell) => Object.values(cell.peers).map(({ kind }) => kind)))];
  return others.flatMap(({ profile, cells }) => kinds.flatMap((kind) => sentence(base.cells, profile, cells, kind)));
}

function sentence(
  base: readonly MeasuredCell[],
  profile: string,
  cells: readonly MeasuredCell[],
  kind: string,
): string[] {
  const peak = (cell: MeasuredCell) => readNumber(cell, `${kind}.timeWait.peak`);
  const [timeWaits, connections] = [changeOf(base, cells, peak), changeOf(base, cells, connectionsOf)];
  const each = changeOf(base, cells, (cell) => readNumber(cell, `${kind}.timeWait.peakPerThousand`));
  if (timeWaits === null || connections === null || each === null || timeWaits.from < leastTimeWaits) return [];
  const isLarge = Math.abs(timeWaits.change) >= worthSaying && Math.abs(connections.change) >= worthSaying;
  if (!isLarge || Math.abs(each.change) >= worthSaying) return [];
  const verb = timeWaits.change < 0 ? 'fell' : 'rose';
  const percent = (change: number) => `${change < 0 ? '−' : '+'}${figure(Math.round(Math.abs(change) * 100))} %`;
  return [
    `TIME_WAIT at ${kind} ${verb} by ${figure(Math.round(Math.abs(timeWaits.change) * 100))} %, and so did connections ` +
      `(${percent(connections.change)}): ${profile} did not change the number per connection ` +
      `(${figure(Math.round(each.from))} and ${figure(Math.round(each.to))} per 1,000 connections).`,
  ];
}

/** Medians of both groups and their relative difference; `null`: not read in one of them, or 0 in the base. */
function changeOf(
  base: readonly MeasuredCell[],
  cells: readonly MeasuredCell[],
  read: (cell: MeasuredCell) => number | null,
): { from: number; to: number; change: number } | null {
  const values = [base, cells].map((group) => group.map(read).filter((value) => value !== null));
  const [before = [], after = []] = values;
  if (before.length === 0 || after.length === 0) return null;
  const [from, to] = [median(before), median(after)];
  return from === 0 ? null : { from, to, change: to / from - 1 };
}
