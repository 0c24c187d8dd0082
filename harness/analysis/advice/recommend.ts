import { adviceKinds, type CellReport, type Recommendation } from '../../model/report.ts';
import { believable } from '../compare/compare-profiles.ts';
import { groupCells, scenarioKey } from '../compare/group-cells.ts';
import { reserveListeners } from './listeners-in-range.ts';
import {
  bindWithoutPort,
  closeAtTheOtherEnd,
  closeLeaks,
  moreFourTuples,
  raiseIdleLimit,
  reuseConnections,
  turnTimestampsOn,
} from './recommend-changes.ts';
import { settingAdvice } from './recommend-settings.ts';

/**
 * What to do about the problems that a run has shown, most urgent first. Advice is about the resource that ran out, at
 * the peer where it did, with figures from this run. A setting is recommended only if the run tried it and it helped;
 * one that was tried without effect is reported as such.
 */
export function recommend(cells: readonly CellReport[]): Recommendation[] {
  const groups = groupCells(cells).filter((group) => believable(group.cells).length > 0);
  const advice = [
    ...groups.flatMap((group) => [
      ...closeLeaks(group),
      ...turnTimestampsOn(group),
      ...reuseConnections(group, groups),
      ...bindWithoutPort(group, groups),
      ...raiseIdleLimit(group, groups),
      ...closeAtTheOtherEnd(group, groups),
      ...reserveListeners(group),
    ]),
    ...[...new Set(groups.map(scenarioKey))].flatMap((key) =>
      settingAdvice(groups.filter((group) => scenarioKey(group) === key)),
    ),
    ...moreFourTuples(groups),
  ];
  const seen = new Set<string>();
  const rank = ({ kind }: Recommendation) => (kind === undefined ? adviceKinds.length : adviceKinds.indexOf(kind));
  return advice
    .sort((a, b) => rank(a) - rank(b))
    .filter(({ scenario, action }) => {
      const key = `${scenario} ${action}`;
      return seen.has(key) ? false : seen.add(key);
    });
}
