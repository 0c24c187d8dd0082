import { countOf } from '../../model/failures.ts';
import { duration, figure, withUnit } from '../../model/figure.ts';
import { isNotApplied } from '../../model/not-applied.ts';
import type { MeasuredCell } from '../../model/report.ts';
import type { Verdict } from '../../model/vocabulary.ts';
import type { ProfileColumn } from '../view.ts';

/** One setting of the answer's table. Texts are ready to print; `—`: does not apply, or was not read. */
export interface AnswerRow {
  label: string;
  verdict: Verdict;
  /** With the number of each where repetitions differ. */
  result: string;
  /** `1,000/3,000`: completed of attempted. */
  done: string;
  /** A number, or with causes where these differ. */
  failures: string;
  /** errno of all failures of the row; `null`: none, or several. */
  cause: string | null;
  ranOut: string;
  connect: string;
  /** What it means, for the page: `ports were reused 2,422 times`. */
  meaning: string;
  /** What spoils a figure of this row, one sentence each. */
  caveats: string[];
}

/** The row of one profile: figures of the repetition that the view shows. */
export function answerRow(column: ProfileColumn, label: string, isBase: boolean, base: MeasuredCell | null): AnswerRow {
  const cell = column.shown;
  const head = { label: isBase ? `${label} (base)` : label, verdict: column.verdict, result: column.verdictText };
  if (cell === null) {
    const none = { done: '—', failures: '—', cause: null, ranOut: '—', connect: '—', meaning: column.reason ?? '' };
    // Why a cell failed is said once, where it is said what does not hold (outcome.ts).
    const caveats = column.reason === null || column.verdict === 'failed' ? [] : [column.reason];
    return { ...head, ...none, caveats };
  }
  const kinds = failureKinds(cell);
  return {
    ...head,
    done: `${figure(cell.load.completed)}/${figure(attemptsOf(cell))}`,
    failures: kinds === null ? missesOf(cell) : failuresOf(kinds),
    cause: kinds !== null && kinds.length === 1 ? (kinds[0]?.[0] ?? null) : null,
    ranOut: ranOutText(cell),
    connect: cell.load.connectCallUs === null ? '—' : withUnit(cell.load.connectCallUs.p50, 'us'),
    meaning: meaningOf(cell, base),
    caveats: caveatsOf(cell),
  };
}

/** The kernel counts no call that found no port, because it opened nothing; a witness may have counted those. */
function attemptsOf({ load, exhaustion }: MeasuredCell): number {
  const misses = load.countedBy === 'kernel' && load.failures === null ? (exhaustion?.count ?? 0) : 0;
  return load.attempts + misses;
}

/** errno → count, most frequent first; `null`: not counted. */
function failureKinds({ load }: MeasuredCell): [string, number][] | null {
  if (load.failures === null) return null;
  const counts = new Map<string, number>();
  for (const { errno, count } of load.failures) counts.set(errno, (counts.get(errno) ?? 0) + count);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

/** Calls that found no port, where a witness counted those alone; a call that fails otherwise is not among them. */
function missesOf({ exhaustion }: MeasuredCell): string {
  const count = exhaustion?.count ?? null;
  return count === null ? 'not counted' : `${figure(count)} or more`;
}

function failuresOf(kinds: [string, number][]): string {
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  return figure(total);
}

/** `60 ENOBUFS, 3 ETIMEDOUT`, the two most frequent. */
export function causesText(cell: MeasuredCell): string {
  const kinds = failureKinds(cell) ?? [];
  const named = kinds.slice(0, 2).map(([errno, count]) => `${figure(count)} ${errno}`);
  const rest = kinds.slice(2).reduce((sum, [, count]) => sum + count, 0);
  return [...named, ...(rest > 0 ? [`${figure(rest)} others`] : [])].join(', ');
}

function ranOutText(cell: MeasuredCell): string {
  const at = cell.phases.timeToExhaustionMs;
  if (at !== undefined) return `${duration(at)}${cell.exhaustion?.certainty === 'inferred' ? ' ≈' : ''}`;
  if (cell.exhaustion?.ranOut === null || cell.exhaustion === undefined)
    return cell.verdict === 'exhausted' ? 'yes' : '?';
  return cell.exhaustion.ranOut ? 'yes' : 'no';
}

function meaningOf(cell: MeasuredCell, base: MeasuredCell | null): string {
  const recycled = Object.values(cell.peers).reduce((sum, { timeWait }) => sum + (timeWait.recycled ?? 0), 0);
  const [was, is] = [base?.phases.timeToExhaustionMs, cell.phases.timeToExhaustionMs];
  const parts = [
    ...(cell.reason === undefined ? [] : [cell.reason]),
    ...(recycled > 0 ? [`ports were reused ${figure(recycled)} times`] : []),
    ...(is === undefined ? [] : [noPortLeft(cell, is)]),
    ...(base !== cell && was !== undefined && is !== undefined && was > 0 ? [sooner(is / was)] : []),
  ];
  return parts.length > 0 ? parts.join('; ') : largestState(cell);
}

/** When the ports ran out, against the base; within a twentieth it is the same. */
function sooner(times: number): string {
  if (Math.abs(times - 1) < 0.05) return 'about as soon as the base';
  return `${figure(times)} × as long as the base`;
}

/** `all 1,000 ports in use after 2 s`. */
function noPortLeft({ budget }: MeasuredCell, afterMs: number): string {
  const all =
    budget == null
      ? 'every port was'
      : `all ${figure(budget.fourTuples)} ${budget.fourTuples === budget.ports ? 'ports' : 'four-tuples'} were`;
  return `${all} in use after ${duration(afterMs)}`;
}

const held = ['TIME_WAIT', 'CLOSE_WAIT', 'FIN_WAIT2'] as const;

/** `at most 1,000 TIME_WAIT at client`: the closing state with most sockets. */
function largestState(cell: MeasuredCell): string {
  const all = Object.entries(cell.peers).flatMap(([role, { states }]) =>
    held.map((state) => ({ role, state, peak: states[state]?.peak ?? 0 })),
  );
  const [most] = all.sort((a, b) => b.peak - a.peak);
  return most === undefined || most.peak === 0
    ? 'no socket waits after its close'
    : `at most ${figure(most.peak)} ${most.state} at ${most.role}`;
}

/** Figures that the machine or the generator spoiled, and failures that nobody could count. */
function caveatsOf(cell: MeasuredCell): string[] {
  const { load } = cell;
  const due = load.due ?? load.attempts + (load.notStarted ?? 0);
  const failed = countOf(load.failures ?? []);
  const missing =
    load.rate.offered !== null &&
    !load.notStarted &&
    load.rate.achieved + (failed * 1000) / Math.max(1, load.durationMs) <= load.rate.offered / 2;
  return [
    ...(load.notStarted
      ? [`${figure(load.notStarted)} of ${figure(due)} arrivals never started: the load was smaller than offered`]
      : []),
    ...(missing ? ['half or more of the offered load was never generated'] : []),
    ...(cell.disturbances.length > 0 ? ['other work on this machine disturbed it: times are too long'] : []),
    ...(cell.ledger.closes ? [] : ['the ledger does not balance: do not trust these counts']),
    ...(cell.exhaustion?.certainty === 'inferred' ? ['≈: inferred, every port was in use; no error was counted'] : []),
    ...(ranOutText(cell) === '?' ? ['?: nothing could see whether the ports ran out'] : []),
    ...cell.explanation.filter(isNotApplied),
    ...load.blindSpots,
  ];
}
