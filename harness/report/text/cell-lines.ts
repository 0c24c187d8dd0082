import { brokenGateLines } from '../../analysis/gates/gate.ts';
import { countOf } from '../../model/failures.ts';
import { duration, figure, percentChange, withUnit } from '../../model/figure.ts';
import type { GateResult } from '../../model/gates.ts';
import type { BudgetReport, CellReport, MeasuredCell } from '../../model/report.ts';

/** A cell as lines of text, shared by all text formats. */

const budgetRows = [
  ['maxRatePerSec', 'ceiling', '/s'],
  ['timeToDegradedMs', 'time to port-search cliff', 'ms'],
  ['timeToExhaustionMs', 'time to exhaustion', 'ms'],
  ['plateau', 'TIME_WAIT plateau', 'count'],
] as const;

export interface BudgetRow {
  label: string;
  predicted: string;
  measured: string;
  error: string;
}

/** Prediction next to measurement; rows that were neither predicted nor measured are left out. */
export function budgetTable(budget: BudgetReport): BudgetRow[] {
  const burst = `most arrivals in any ${figure(budget.burst?.windowMs ?? 0)} ms`;
  return [...budgetRows, ['burst', burst, 'count'] as const].flatMap(([name, label, unit]) => {
    const { predicted = null, measured = null, error = null } = budget[name] ?? {};
    if (predicted === null && measured === null) return [];
    return [
      {
        label,
        predicted: predicted === null ? 'none' : withUnit(predicted, unit),
        measured: measured === null ? 'not measured' : withUnit(measured, unit),
        error: error === null ? '' : percentChange(error * 100),
      },
    ];
  });
}

/** `1,000 four-tuples (1,000 ports × 1 destination × 1 source)`. */
export function fourTuples(budget: BudgetReport): string {
  const times = (n: number, word: string) => `${figure(n)} ${word}${n === 1 ? '' : 's'}`;
  const { ports, destinations, sources } = budget;
  const product = `${times(ports, 'port')} × ${times(destinations, 'destination')} × ${times(sources, 'source')}`;
  return `${figure(budget.fourTuples)} four-tuples (${product})`;
}

/** `ceiling 16.4/s predicted, not measured; time to exhaustion 5 s predicted, 5.01 s measured (+0.2 %)`, then what shaped the prediction. */
export function budgetLine(cell: MeasuredCell): string | null {
  if (cell.budget === null) return null;
  const rows = budgetTable(cell.budget).map(({ label, predicted, measured, error }) => {
    const found = measured === 'not measured' ? measured : `${measured} measured${error === '' ? '' : ` (${error})`}`;
    return `${label} ${predicted} predicted, ${found}`;
  });
  return [fourTuples(cell.budget), ...rows, ...cell.budget.notes].join('; ');
}

/** `balances: 5 of 5 identities hold`, or those that do not. */
export function ledgerLine(cell: MeasuredCell): string {
  const { identities, closes } = cell.ledger;
  const broken = identities.filter((identity) => !identity.holds);
  const held = `${identities.length - broken.length} of ${identities.length} identities hold`;
  if (broken.length === 0) return `${closes ? 'balances' : 'does NOT balance'}: ${held}`;
  const named = broken.map(
    (i) => `${i.name}: ${figure(i.left)} against ${figure(i.right)}, off by ${figure(i.residual)}`,
  );
  return `${closes ? 'balances' : 'does NOT balance'}: ${held}; ${named.join('; ')}`;
}

/** `healthy 0 ms to 2.5 s (200 connections/s, connect() 27 µs) → degraded …`. */
export function phasesLine(cell: MeasuredCell): string | null {
  const { stretches } = cell.phases;
  if (stretches.length === 0) return null;
  return stretches
    .map(({ phase, fromMs, toMs, connectCallMeanUs, connectedPerSec }) => {
      const figures = [
        ...(connectedPerSec === null ? [] : [`${figure(connectedPerSec)} connections/s`]),
        ...(connectCallMeanUs === null ? [] : [`connect() ${withUnit(connectCallMeanUs, 'us')}`]),
      ];
      const detail = figures.length === 0 ? '' : ` (${figures.join(', ')})`;
      return `${phase} ${duration(fromMs)} to ${duration(toMs)}${detail}`;
    })
    .join(' → ');
}

/** `2,400 attempts = 1,000 completed + 1,400 failed (EADDRNOTAVAIL in connect 1,400) + 0 in flight`. */
export function loadLine(cell: Pick<MeasuredCell, 'load'>): string {
  const { load } = cell;
  const kinds = load.failures?.map((f) => `${f.errno} in ${f.phase} ${figure(f.count)}`) ?? [];
  const detail = kinds.length === 0 ? '' : ` (${kinds.join(', ')})`;
  const inFlight = load.inFlight === null ? 'in flight not counted' : `${figure(load.inFlight)} in flight`;
  const counts = `${figure(load.completed)} completed + ${failedText(load.failures)}${detail} + ${inFlight}`;
  const never = load.notStarted ? `; ${figure(load.notStarted)} arrivals never started` : '';
  return `${load.engine}, ${load.closePolicy}: ${figure(load.attempts)} attempts = ${counts}${never}`;
}

function failedText(failures: MeasuredCell['load']['failures']): string {
  if (failures === null) return 'failures not counted';
  return `${figure(countOf(failures))} failed`;
}

/** Who closed first, by share of the TIME_WAITs: `client 94.7 %, server 5.3 %`. */
export function closedFirstLine(cell: MeasuredCell): string | null {
  const shares = Object.entries(cell.closedFirst).filter(([, share]) => share > 0);
  return shares.length === 0 ? null : shares.map(([role, share]) => `${role} ${figure(share * 100)} %`).join(', ');
}

/** `3 gates held, 1 broken, 1 skipped`, then a line for each broken one. Empty: the run has no gates. */
export function gateLines(gates: readonly GateResult[]): string[] {
  if (gates.length === 0) return [];
  const states = ['held', 'broken', 'skipped'] as const;
  const counts = states.map((state) => [state, gates.filter((gate) => gate.state === state).length] as const);
  const summary = counts.filter(([, n]) => n > 0).map(([state, n]) => `${figure(n)} ${state}`);
  return [`gates: ${summary.join(', ')}`, ...brokenGateLines(gates)];
}

/** `fin-timeout-10 (tcp_fin_timeout=15)`: the profile, and what the command line set in place of its own. */
export function profileLabel(cell: CellReport | undefined, profile: string): string {
  const overrides = cell?.overrides ?? [];
  // Without the part that all keys of a family share, so that a column stays narrow.
  const short = overrides.map((setting) => setting.replace(/(^|:)net\.[a-z0-9]+\./, '$1'));
  return short.length === 0 ? profile : `${profile} (${short.join(', ')})`;
}

/** Where details of a cell belong to one of several repetitions. */
export function cellLabel(cell: CellReport, repetitions: number): string {
  const label = profileLabel(cell, cell.profile);
  return repetitions > 1 ? `${label}, repetition ${cell.repetition} of ${repetitions}` : label;
}
