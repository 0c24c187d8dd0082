import { searchesByParity } from '../../model/port-search.ts';
import type { ProfileColumn, ScenarioView } from '../view.ts';
import type { Chart } from './chart.ts';

/** A TIME_WAIT lasts this long; a longer load shows sockets expire, s. */
const timeWaitSec = 60;

/**
 * The chart on the first screen: TIME_WAIT of every setting, named at the ends of the lines, a cross where each ran out of
 * ports, with a red band where connect() fails in the first of them, half of its ports as a line, and the kernel facts
 * behind the shapes.
 */
export function annotated(chart: Chart, scenario: ScenarioView): Chart {
  const out = scenario.columns.find((column) => (column.shown?.phases.stretches ?? []).some(isExhausted));
  const phases = (out?.shown?.phases.stretches ?? [])
    .filter(isExhausted)
    .map(({ phase, fromMs, toMs }) => ({ phase, from: fromMs / 1000, to: toMs / 1000 }));
  const shown = out?.shown;
  const isSearched = Object.values(shown?.peers ?? {}).every(({ sysctls }) => searchesByParity(sysctls.effective));
  const half = isSearched ? (shown?.budget?.fourTuples ?? 0) / 2 : 0;
  // Predicted plateaus are in the details of each cell; here they would hide the names.
  const lines =
    half > 0 ? [{ label: `connect() searches longer above half of the ports of ${out?.label}:`, y: half }] : [];
  const marks = scenario.columns.flatMap(({ profile: label, shown }) => {
    const at = shown?.phases.timeToExhaustionMs;
    return at === undefined ? [] : [{ label, at: at / 1000 }];
  });
  const notes = [
    ...(marks.length === 0 ? [] : ['✕: no port was free from here on.']),
    ...(out === undefined || marks.length < 2 ? [] : [`Shaded: connect() failed with ${out.label}.`]),
    ...shapes(scenario.columns, marks.length > 0),
  ];
  return { ...chart, phases, lines, marks, named: true, notes };
}

function isExhausted({ phase }: { phase: string }): boolean {
  return phase === 'exhausted';
}

/** Why a curve looks as it does (docs/kernel.md). */
function shapes(columns: readonly ProfileColumn[], isMarked: boolean): string[] {
  const cells = columns.flatMap(({ shown }) => shown ?? []);
  const reuses = cells.filter((cell) => Object.values(cell.peers).some(({ timeWait }) => (timeWait.recycled ?? 0) > 0));
  const isLong = cells.some(({ load }) => load.durationMs > timeWaitSec * 1000);
  return [
    ...(reuses.length > 0
      ? [
          `A curve that is flat${isMarked ? ' without ✕' : ''} reuses ports: connect() takes them back once they are a second old.`,
        ]
      : []),
    ...(isLong ? ['Steps down from 60 s on: the timer wheel of the kernel ends many TIME_WAITs at once.'] : []),
  ];
}
