import type { CellPlan } from '../../model/cell.ts';
import { withUnit } from '../../model/figure.ts';
import { supplyNote } from '../../model/port-supply.ts';
import type { BudgetReport, LoadReport, PeerReport } from '../../model/report.ts';
import type { CellRecord } from '../journal/collect.ts';
import { engineFacts, loadedServers } from '../journal/facts.ts';
import { exhaustionAfter, predict } from './budget.ts';
import { budgetInput } from './budget-input.ts';
import { busiestWindow } from './burst.ts';
import { closedFirst } from './explain.ts';
import { loadPoints } from './load-summary.ts';
import { measuredLoad } from './measured-load.ts';
import type { Phases } from './phases.ts';
import { timeWaitMs } from './time-wait-life.ts';

/**
 * The plan, with the close policy that the run showed where servers are the user's own: such a server may close first,
 * whatever the policy says.
 */
function asClosed(cell: CellRecord, peers: Readonly<Record<string, PeerReport>>): CellPlan {
  const { plan } = cell;
  const { load } = plan.scenario;
  const isOwn = loadedServers(cell).some((server) => server.closesAfter !== undefined);
  if (!isOwn || load.closePolicy !== 'client-fin') return plan;
  const shares = closedFirst(peers);
  const byServers = Object.entries(shares).reduce(
    (sum, [role, share]) => sum + (peers[role]?.kind === load.to ? share : 0),
    0,
  );
  if (byServers <= 0.5) return plan;
  return { ...plan, scenario: { ...plan.scenario, load: { ...load, closePolicy: 'server-fin' } } };
}

/** Predicted and measured budget of the peers whose ports are limited. `null`: their settings were not read. */
export function budgetReport(
  cell: CellRecord,
  peers: Readonly<Record<string, PeerReport>>,
  load: LoadReport,
  phasesFor: (fourTuples: number) => Phases,
): { budget: BudgetReport; phases: Phases } | null {
  const facts = {
    paced: engineFacts(cell).paced,
    serverCloses: loadedServers(cell).every((server) => server.closesAfterClient !== false),
  };
  const planned = budgetInput(
    asClosed(cell, peers),
    facts,
    (role) => peers[role]?.sysctls.effective ?? null,
    (role) => cell.peers.get(role)?.settings ?? {},
  );
  if (planned === null) return null;
  const fourTuples = planned.ports * planned.destinations * planned.sources;
  const seen = facts.paced ? null : ownPace(cell, fourTuples, peers);
  const input = seen === null ? planned : { ...planned, load: seen };
  const phases = phasesFor(fourTuples);
  const predicted = predict(input);
  const lastedMs = Math.min(load.durationMs, cell.plan.scenario.load.durationMs);
  const afterLoadMs = load.rate.offered === null ? null : exhaustionAfter(input, lastedMs);
  const notes = [
    seen?.arrival.loop === 'open'
      ? `computed from the measured rate: ${withUnit(seen.arrival.ratePerSec, '/s')}`
      : null,
    input.supply === undefined ? null : supplyNote(input.supply),
    input.sharedBy === undefined
      ? null
      : `bind() without IP_BIND_ADDRESS_NO_PORT: ${input.sharedBy} destinations share the ports of each source address`,
    ...predicted.notes,
  ];
  return {
    phases,
    budget: {
      ports: input.ports,
      destinations: input.destinations,
      sources: input.sources,
      ...(input.sharedBy !== undefined && { sharedBy: input.sharedBy }),
      fourTuples,
      maxRatePerSec: compared(predicted.maxRatePerSec, measuredCeiling(cell, phases, input, load)),
      timeToExhaustionMs: compared(predicted.timeToExhaustionMs, phases.timeToExhaustionMs ?? null),
      timeToDegradedMs: compared(predicted.timeToDegradedMs, phases.timeToDegradedMs ?? null),
      plateau: compared(predicted.plateau, keeperPeak(cell, peers)),
      ...(predicted.burst !== undefined && {
        burst: { windowMs: input.reuseDelayMs, ...compared(predicted.burst, measuredBurst(cell, input.reuseDelayMs)) },
      }),
      ...(afterLoadMs !== null && { exhaustionAfterLoadMs: afterLoadMs }),
      notes: notes.filter((note) => note !== null),
    },
  };
}

/** A program or a closed loop never had the scenario's rate: the budget is computed from what it did. */
function ownPace(cell: CellRecord, fourTuples: number, peers: Readonly<Record<string, PeerReport>>) {
  return cell.plan.scenario.load.parameters.command === undefined && cell.plan.scenario.load.image === undefined
    ? null
    : measuredLoad(cell, fourTuples, closedFirst(peers));
}

function compared(predicted: number | null, measured: number | null) {
  const error = predicted === null || measured === null || predicted === 0 ? null : (measured - predicted) / predicted;
  return { predicted, measured, error };
}

/** A late generator starts everything overdue at once and so exceeds its schedule. */
function measuredBurst(cell: CellRecord, windowMs: number): number | null {
  const stretches = loadPoints(cell).map(({ fromMs, toMs, attempts }) => ({ fromMs, toMs, count: attempts }));
  return busiestWindow(stretches, windowMs);
}

/** Peak TIME_WAIT count at the side that keeps them, summed over all peers of that role. */
function keeperPeak(cell: CellRecord, peers: Readonly<Record<string, PeerReport>>): number {
  const { scenario } = cell.plan;
  const kind = scenario.load.closePolicy === 'server-fin' ? scenario.load.to : scenario.subject;
  return cell.plan.peers
    .filter((peer) => peer.kind === kind)
    .reduce((sum, peer) => sum + (peers[peer.role]?.timeWait.peak ?? 0), 0);
}

/**
 * The ceiling can only be read where it was reached: connections per second over whole periods (the reuse delay, or 60
 * s) from the load's start, because no four-tuple can be used twice within a period. `null`: not exhausted, or for
 * less than one period.
 */
function measuredCeiling(
  cell: CellRecord,
  phases: Phases,
  input: { reuse: boolean; reuseDelayMs: number },
  load: LoadReport,
): number | null {
  if (phases.timeToExhaustionMs === undefined) return null;
  const periodMs = input.reuse ? input.reuseDelayMs : timeWaitMs;
  const periods = Math.floor(Math.min(load.durationMs, cell.plan.scenario.load.durationMs) / periodMs);
  const to = periods * periodMs;
  if (periods < 1 || phases.timeToExhaustionMs >= to) return null;
  const connected = loadPoints(cell).reduce((sum, point) => {
    // An interval that is partly inside counts in proportion.
    const insideMs = Math.min(point.toMs, to) - point.fromMs;
    return insideMs <= 0 ? sum : sum + (point.connected * insideMs) / (point.toMs - point.fromMs);
  }, 0);
  return (connected * 1000) / to;
}
