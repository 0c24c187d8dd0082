import type { BudgetReport, LoadReport, PeerReport } from '../../model/report.ts';
import { targetsOf } from '../../plan/topology.ts';
import type { CellRecord } from '../journal/collect.ts';
import { engineFacts, loadedServers } from '../journal/facts.ts';
import { predict, usablePorts } from './budget.ts';
import { loadPoints } from './load-summary.ts';
import type { Phases } from './phases.ts';
import { timeWaitMs } from './time-wait-life.ts';

/** Predicted beside measured, for the peers whose ports are at stake. `null`: their settings were not read. */
export function budgetReport(
  cell: CellRecord,
  peers: Readonly<Record<string, PeerReport>>,
  load: LoadReport,
  phasesFor: (fourTuples: number) => Phases,
): { budget: BudgetReport; phases: Phases } | null {
  const { scenario } = cell.plan;
  // Of a hop behind the first one it is not known how many connections the load makes there.
  if (scenario.subject !== scenario.load.from) return null;
  const clients = cell.plan.peers.filter((peer) => peer.kind === scenario.subject);
  const first = clients[0] && peers[clients[0].role];
  if (clients[0] === undefined || first === undefined) return null;
  const servers = cell.plan.peers.filter((peer) => peer.kind === scenario.load.to);
  const effective = first.sysctls.effective;
  const both = [first, ...servers.flatMap((peer) => peers[peer.role] ?? [])];
  const keeper = scenario.load.closePolicy === 'server-fin' ? both.at(-1) : first;
  const input = {
    ports: usablePorts(effective),
    // bind(2) before connect(2) chooses the port before the destination is known: these do not multiply then.
    destinations:
      scenario.load.bindAddresses > 0 ? 1 : Math.max(1, targetsOf(cell.plan, clients[0].role, scenario.load.to).length),
    sources: clients.length * Math.max(1, scenario.load.bindAddresses),
    reuse:
      effective['net.ipv4.tcp_tw_reuse'] === '1' &&
      both.every((peer) => peer.sysctls.effective['net.ipv4.tcp_timestamps'] !== '0'),
    reuseDelayMs: Number(effective['net.ipv4.tcp_tw_reuse_delay'] ?? 1000),
    buckets: numberOrNull(keeper?.sysctls.effective['net.ipv4.tcp_max_tw_buckets']),
    serverCloses: loadedServers(cell).every((server) => server.closesAfterClient !== false),
    paced: engineFacts(cell).paced,
    load: scenario.load,
  };
  const fourTuples = input.ports * input.destinations * input.sources;
  const phases = phasesFor(fourTuples);
  const predicted = predict(input);
  const plateau = keeper === undefined ? null : keeperPeak(cell, peers);
  return {
    phases,
    budget: {
      ports: input.ports,
      destinations: input.destinations,
      sources: input.sources,
      fourTuples,
      maxRatePerSec: compared(predicted.maxRatePerSec, measuredCeiling(cell, phases, input, load)),
      timeToExhaustionMs: compared(predicted.timeToExhaustionMs, phases.timeToExhaustionMs ?? null),
      timeToDegradedMs: compared(predicted.timeToDegradedMs, phases.timeToDegradedMs ?? null),
      plateau: compared(predicted.plateau, plateau),
      notes: predicted.notes,
    },
  };
}

function compared(predicted: number | null, measured: number | null) {
  const error = predicted === null || measured === null || predicted === 0 ? null : (measured - predicted) / predicted;
  return { predicted, measured, error };
}

/** Highest number of TIME_WAIT at the side that keeps them, all peers of that role together. */
function keeperPeak(cell: CellRecord, peers: Readonly<Record<string, PeerReport>>): number {
  const { scenario } = cell.plan;
  const kind = scenario.load.closePolicy === 'server-fin' ? scenario.load.to : scenario.subject;
  return cell.plan.peers
    .filter((peer) => peer.kind === kind)
    .reduce((sum, peer) => sum + (peers[peer.role]?.timeWait.peak ?? 0), 0);
}

/**
 * The ceiling can only be read where it was reached: connections per second over whole periods (the reuse
 * delay, or 60 s) from the load's start, for no four-tuple can be used twice within one. `null`: not
 * exhausted, or for less than a period.
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
    // An interval that lies partly inside counts by its share.
    const insideMs = Math.min(point.toMs, to) - point.fromMs;
    return insideMs <= 0 ? sum : sum + (point.connected * insideMs) / (point.toMs - point.fromMs);
  }, 0);
  return (connected * 1000) / to;
}

function numberOrNull(value: string | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
