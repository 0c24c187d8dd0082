import type * as z from 'zod';
import { evaluateExpression, parseExpression } from '../../expression/expression.ts';
import type { HostFacts } from '../../model/journal.ts';
import type { CellReport, ExpectationResult, MeasuredCell, Measurement, PeerReport } from '../../model/report.ts';
import type { Expectation } from '../../model/scenario.ts';
import { openStates } from '../../model/vocabulary.ts';
import { hopsOf } from '../../plan/hops.ts';
import { connectsToItself } from '../../plan/local-links.ts';
import type { CellRecord, PeerRecord } from '../journal/collect.ts';
import { cpuUses, engineFacts, loadedServers } from '../journal/facts.ts';
import { exhaustionOf } from '../witness/exhaustion.ts';
import { exhaustionReport, programReports } from '../witness/exhaustion-report.ts';
import { brokenProgram } from './broken-program.ts';
import { budgetReport } from './budget-report.ts';
import { closedFirst, explanation, uncounted } from './explain.ts';
import { finWait2Only } from './fin-wait2.ts';
import { fullestPairs } from './fullest-pair.ts';
import { hopCounts } from './hop-counts.ts';
import { ledger, ledgerCounters } from './ledger.ts';
import type { LedgerPeer } from './ledger-peer.ts';
import { lifetimeSentences, lifetimesOf } from './lifetimes.ts';
import { loadReport } from './load-summary.ts';
import { withMeasuredCloses } from './measured-closes.ts';
import { growth, peerReport } from './peer-counts.ts';
import { phasesOf } from './phases.ts';
import { saturation } from './saturation.ts';
import { searchCurve } from './search-curve.ts';
import { verdictOf } from './verdict.ts';

const forwards = ({ upstream = [] }: { upstream?: readonly string[] | undefined }) => upstream.length > 0;

type Measured = z.infer<z.ZodObject<typeof Measurement>>;

/** What a cell's report needs to know about the machine. */
export type CellHost = Pick<HostFacts, 'kernelHz' | 'cores'>;

/** One cell of report.json from everything the journal has about it. Pure. */
export function cellReport(cell: CellRecord, host: CellHost): CellReport {
  const { plan, end } = cell;
  const head = {
    id: plan.id,
    scenario: plan.scenario.name,
    ...(plan.variant !== undefined && { variant: plan.variant }),
    profile: plan.profile,
    ...(plan.overrides !== undefined && { overrides: plan.overrides }),
    repetition: plan.repetition,
    form: plan.form,
    ...(plan.scenario.family !== 4 && { family: plan.scenario.family }),
  };
  const hint = end?.hint === undefined ? {} : { hint: end.hint };
  if (end?.state === 'skipped') return { ...head, verdict: 'skipped', reason: end.reason ?? '', ...hint };
  const measured = measurement(cell, host);
  const broken = measured === null ? null : brokenProgram(measured);
  if (end?.state === 'measured' && measured !== null && broken !== null) {
    return { ...head, verdict: 'failed', reason: broken, interrupted: false, partial: measured };
  }
  if (end?.state === 'measured' && measured !== null) {
    const decision = verdictOf({
      ...measured,
      identities: measured.ledger.identities,
      from: plan.scenario.load.from,
      fullest: fullestPairs(cell.peers.values()),
    });
    const report = { ...head, ...measured, ...decision } as MeasuredCell;
    const { loop } = plan.scenario.load.arrival;
    return { ...report, expectations: expectationsOf(plan.scenario.expectations, report, loop) };
  }
  return {
    ...head,
    verdict: 'failed',
    reason: end?.reason ?? (end === null ? 'the run was cut short while this cell ran' : 'no load was reported'),
    ...hint,
    interrupted: end === null || end.state === 'interrupted',
    ...(measured !== null && { partial: measured }),
  };
}

function measurement(cell: CellRecord, { kernelHz, cores }: CellHost): Measured | null {
  const load = loadReport(cell);
  const read: Record<string, PeerReport> = {};
  const kinds = new Map(cell.plan.peers.map((peer) => [peer.role, peer.kind]));
  for (const peer of cell.peers.values()) {
    const report = peerReport(
      peer,
      kinds.get(peer.role) ?? peer.role,
      finWait2Only(peer, cell.peers.values(), connectsToItself(cell.plan, peer.role)),
    );
    const hops = hopCounts(peer, cell.plan);
    if (report === null) continue;
    const planned = cell.plan.peers.find((one) => one.role === peer.role);
    const unscaled = planned?.unscaled;
    const listening = planned?.serves.flatMap(({ ports }) => ports) ?? [];
    const sysctls = { ...report.sysctls, ...(unscaled !== undefined && { unscaled }) };
    read[peer.role] = {
      ...report,
      sysctls,
      ...(listening.length > 0 && { listening }),
      ...(hops !== null && { hops }),
    };
  }
  if (load === null || Object.keys(read).length < cell.plan.peers.length) return null;
  const peers = withMeasuredCloses(read, cell);
  const finding = exhaustionOf(cell);
  const programs = programReports(cell);
  const budgeted = budgetReport(cell, peers, load, (tuples) => phasesOf(cell, tuples, finding));
  const search = searchCurve(cell, budgeted?.budget.fourTuples ?? 0);
  const hops = hopsOf(cell.plan);
  const inLedger = ledgerPeers([...cell.peers.values()]);
  const { keepsPolicy, sees } = engineFacts(cell);
  const ownServers = hasOwnServers(cell);
  const countsAttempts = sees.includes('attempts');
  const identities = ledger({
    load,
    hops,
    peers: inLedger,
    loadRoles: cell.plan.peers.filter(({ kind }) => kind === cell.plan.scenario.load.from).map(({ role }) => role),
    forwarders: cell.plan.peers.filter(({ serves }) => serves.some(forwards)).map(({ role }) => role),
    // The engine keeps its side of the policy; a server of the user's own may still close first.
    policyIsKept: keepsPolicy && !ownServers,
    goesAnywhere: programs.length > 0 || ownServers,
    countsAttempts,
    hasQueues: hasQueues(cell),
    kernelHz,
  });
  const lifetimes = lifetimesOf(cell);
  return {
    peers,
    load,
    phases: budgeted?.phases ?? phasesOf(cell, Number.POSITIVE_INFINITY, finding),
    budget: budgeted?.budget ?? null,
    ...(search !== null && { search }),
    exhaustion: exhaustionReport(cell, finding),
    ...(programs.length > 0 && { programs }),
    ledger: { closes: identities.every((identity) => identity.holds), identities },
    closedFirst: closedFirst(peers),
    expectations: [],
    evidence: [],
    explanation: [
      ...(cell.plan.notes ?? []),
      ...uncounted(peers, ledgerCounters),
      ...explanation(load, peers, hops[0]?.openers ?? [], requestLimit(cell)),
      ...saturation(load, peers, hops[0]?.openers ?? [], {
        threads: cell.plan.scenario.load.threads,
        cores,
        usesOf: (role) => cpuUses(cell, role),
      }),
      ...lifetimeSentences(lifetimes, kernelHz),
    ],
    ...(lifetimes !== undefined && { lifetimes }),
    setupMs: cell.end?.setupMs ?? null,
    teardownMs: cell.end?.teardownMs ?? null,
    disturbances: cell.disturbances,
  };
}

/** A program or image of the user's own may open connections to any peer, whether the scenario names them or not. */
function hasOwnServers({ plan }: CellRecord): boolean {
  return plan.peers.some(({ serves }) => serves.some(({ server }) => server === 'program' || server === 'image'));
}

/** Whether packets wait between the peers: on a shaped link, or between machines. */
function hasQueues({ plan, peers }: CellRecord): boolean {
  const machines = new Set([...peers.values()].map(({ settings }) => settings?.host?.name));
  return machines.size > 1 || plan.links.some(({ shape }) => shape !== undefined);
}

/** Requests after which the load's servers close a connection; `null`: no limit, or different limits. */
function requestLimit(cell: CellRecord): number | null {
  const limits = new Set(loadedServers(cell).map((server) => server.requestLimit));
  return limits.size === 1 ? ([...limits][0] ?? null) : null;
}

/** States of connections that still exist at the end and are not timewait sockets; one in SYN_SENT is none yet. */
const connectedStates = openStates.filter((state) => state !== 'SYN_SENT');

function ledgerPeers(peers: readonly PeerRecord[]): LedgerPeer[] {
  return peers.flatMap((peer) => {
    const counters = growth(peer);
    const last = peer.end ?? peer.loadEnd;
    if (counters === null || last === null) return [];
    const states = last.states ?? {};
    const open = connectedStates.reduce((sum, state) => sum + (states[state] ?? 0), 0) - last.smallFinWait2;
    const begin = peer.begin?.counters ?? {};
    const history = peer.samples.map((sample) => ({
      t: sample.t,
      counters: Object.fromEntries(
        Object.entries(sample.counters).map(([name, value]) => [name, value - (begin[name] ?? 0)]),
      ),
    }));
    const opening = states.SYN_SENT ?? 0;
    const accepting = states.SYN_RECV ?? 0;
    const closeWait = states.CLOSE_WAIT ?? 0;
    return [{ role: peer.role, counters, tw: last.tw, open, opening, accepting, closeWait, history, endAt: last.t }];
  });
}

export function expectationsOf(
  expectations: readonly Expectation[],
  cell: MeasuredCell,
  loop: 'open' | 'closed',
): ExpectationResult[] {
  return expectations
    .filter(
      (one) =>
        (one.profiles?.includes(cell.profile) ?? true) &&
        (one.variants?.includes(cell.variant ?? '') ?? true) &&
        (one.form ?? cell.form) === cell.form &&
        (one.loop ?? loop) === loop,
    )
    .map((one) => {
      const parsed = parseExpression(one.holds);
      // Planning rejects what cannot be parsed; a journal of another version may still contain it.
      if (!parsed.ok) return { text: one.text, holds: false, observed: parsed.message };
      const { holds, observed } = evaluateExpression(parsed.expression, cell);
      return { text: one.text, holds, observed };
    });
}
