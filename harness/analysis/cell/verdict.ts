import { duration, figure, withUnit } from '../../model/figure.ts';
import type {
  BudgetReport,
  ExhaustionReport,
  Identity,
  LoadReport,
  PeerReport,
  ProgramReport,
} from '../../model/report.ts';
import type { Verdict } from '../../model/vocabulary.ts';
import { endText } from '../witness/exhaustion-report.ts';
import { isDegraded, type Phases } from './phases.ts';

export interface VerdictInput {
  peers: Readonly<Record<string, PeerReport>>;
  load: LoadReport;
  phases: Phases;
  exhaustion?: ExhaustionReport | undefined;
  programs?: readonly ProgramReport[] | undefined;
  budget: BudgetReport | null;
  /** The kind of peer that makes the load: the budget is that of its ports. Absent: every peer's. */
  from?: string;
  /** For peers that open and accept connections, whose sockets are not all four-tuples of the load. */
  fullest?: readonly string[];
  identities: readonly Identity[];
}

/** Share of connections stuck in CLOSE_WAIT (or never closed) at the end that makes a leak. */
const leakShare = 0.01;
const leakLeast = 10;

export type MeasuredVerdict = Exclude<Verdict, 'skipped' | 'failed'>;

/** The verdict and the kernel's evidence for it. A ledger that does not balance overrides everything else. */
export function verdictOf(input: VerdictInput): {
  verdict: MeasuredVerdict;
  reason?: string;
  hint?: string;
  evidence: string[];
} {
  return { ...decided(input), evidence: evidenceOf(input) };
}

function decided(input: VerdictInput): { verdict: MeasuredVerdict; reason?: string; hint?: string } {
  const [broken] = input.identities.filter((identity) => !identity.holds);
  if (broken !== undefined) {
    const { name, left, right } = broken;
    return { verdict: 'invalid', reason: `the counts do not add up: ${name}: ${left} against ${right}` };
  }
  const overflowed = Object.values(input.peers).reduce((sum, peer) => sum + (peer.timeWait.overflowed ?? 0), 0);
  const { ranOut = false, evidence = [] } = input.exhaustion ?? {};
  if (ranOut || noPortBehind(input.peers) > 0) return { verdict: 'exhausted' };
  if (overflowed > 0) return { verdict: 'overflow' };
  if (leaked(input).length > 0) return { verdict: 'leaking' };
  if (isDegraded(input.phases)) return { verdict: 'degraded' };
  if (ranOut === null) {
    const why = evidence.at(-1) ?? 'there was no witness';
    return { verdict: 'unknown', reason: `whether ports ran out is unknown: ${why}`, hint: traceHint };
  }
  const idle = openedNothing(input);
  if (idle !== null) return { verdict: 'unknown', reason: idle };
  const missed = missedRate(input);
  if (missed !== null) return { verdict: 'unknown', reason: missed };
  const early = endedEarly(input);
  if (early !== null) return { verdict: 'inconclusive', reason: early };
  return { verdict: 'healthy' };
}

const traceHint = '--trace-errors counts every connect() and bind() that fails, but slows the program down';

/** Below this share of the offered rate the verdict would describe a different load. */
const leastAchieved = 0.5;

function openedNothing({ programs = [], load }: VerdictInput): string | null {
  const [program] = programs;
  if (program === undefined || load.attempts > 0) return null;
  return `the program opened no connection (it ${endText(program)})`;
}

function missedRate({ load }: VerdictInput): string | null {
  const { offered, achieved } = load.rate;
  if (offered === null || achieved > leastAchieved * offered) return null;
  const failed = (load.failures ?? []).map(({ errno, phase, count }) => `${figure(count)} × ${errno} in ${phase}`);
  if (load.notStarted) failed.push(`${figure(load.notStarted)} arrivals never started`);
  const why = failed.length === 0 ? '' : ` (${failed.join(', ')})`;
  return `only ${withUnit(achieved, '/s')} of the offered ${withUnit(offered, '/s')} were completed${why}, so the run does not show whether the ports last at that rate`;
}

function endedEarly(input: VerdictInput): string | null {
  const { budget, load } = input;
  const inTimeMs = budget?.timeToExhaustionMs.predicted ?? null;
  // Without them the load was smaller than the one that the prediction is of.
  if (inTimeMs !== null && inTimeMs < load.durationMs && load.notStarted) {
    return `${figure(load.notStarted)} arrivals never started, so that the load did not reach the exhaustion predicted after ${duration(inTimeMs)}`;
  }
  const runsOutMs = budget?.exhaustionAfterLoadMs;
  const { offered } = load.rate;
  if (offered === null) return endedOnTheWay(input);
  if (runsOutMs === undefined) return null;
  const longer = `--duration ${Math.ceil((runsOutMs * 1.25) / 1000)}s`;
  return `the load ended after ${duration(load.durationMs)}; at ${withUnit(offered, '/s')} the ports run out after ${duration(runsOutMs)} (${longer} shows it)`;
}

/**
 * A program of the user's own does its work and ends: only where it left more than half of the four-tuples in use was
 * it on the way to the end of its ports.
 */
function endedOnTheWay({ budget, load, programs = [] }: VerdictInput): string | null {
  const runsOutMs = budget?.timeToExhaustionMs.predicted ?? null;
  const used = budget?.plateau.measured ?? 0;
  if (budget === null || programs.length === 0 || runsOutMs === null || runsOutMs <= load.durationMs) return null;
  if (used <= budget.fourTuples / 2) return null;
  return `the load ended after ${duration(load.durationMs)} with ${figure(used)} of ${figure(budget.fourTuples)} four-tuples in use; at its rate they run out after ${duration(runsOutMs)}`;
}

/** connect() calls of an intermediate server that found no free port, from its own log (servers/errno-gauge.ts). */
function noPortBehind(peers: VerdictInput['peers']): number {
  return Object.values(peers).reduce((sum, peer) => sum + (peer.gauges['errno.EADDRNOTAVAIL']?.last ?? 0), 0);
}

function leaked({ peers, load }: VerdictInput): string[] {
  const limit = Math.max(leakLeast, leakShare * load.completed);
  return Object.entries(peers).flatMap(([role, peer]) => {
    const waiting = peer.states.CLOSE_WAIT?.atEnd ?? 0;
    const open = load.closePolicy === 'leak' ? (peer.states.ESTABLISHED?.atEnd ?? 0) : 0;
    return [
      ...(waiting > limit ? [`${role}: ${waiting} CLOSE_WAIT at the end`] : []),
      ...(open > limit ? [`${role}: ${open} ESTABLISHED connections that nobody closes`] : []),
    ];
  });
}

function evidenceOf(input: VerdictInput): string[] {
  const { load, phases, budget, peers } = input;
  const lines: string[] = [];
  for (const [role, peer] of Object.entries(peers)) {
    const refused = peer.gauges['errno.EADDRNOTAVAIL']?.last ?? 0;
    if (refused > 0)
      lines.push(`${role}: ${figure(refused)} × EADDRNOTAVAIL connecting to its upstreams, according to its log`);
  }
  for (const failure of load.failures ?? [])
    lines.push(`${figure(failure.count)} × ${failure.errno} in ${failure.phase}`);
  lines.push(...exhaustionEvidence(input));
  lines.push(...burstEvidence(budget));
  const healthy = phases.stretches.find((one) => one.phase === 'healthy');
  const degraded = phases.stretches.find((one) => one.phase === 'degraded');
  if (healthy?.connectCallMeanUs && degraded?.connectCallMeanUs) {
    const times = degraded.connectCallMeanUs / healthy.connectCallMeanUs;
    lines.push(
      `connect() took ${healthy.connectCallMeanUs.toFixed(0)} µs, then ${degraded.connectCallMeanUs.toFixed(0)} µs ` +
        `(${times.toFixed(1)} times as long) after ${seconds(degraded.fromMs)}, without an error`,
    );
  }
  for (const [role, peer] of Object.entries(peers)) {
    const { created, peak } = peer.timeWait;
    const [recycled, overflowed] = [peer.timeWait.recycled ?? 0, peer.timeWait.overflowed ?? 0];
    if (created === null || created + overflowed === 0) continue;
    const ofLoad = (peer.counters['Tcp.ActiveOpens'] ?? 0) === 0 || (peer.counters['Tcp.PassiveOpens'] ?? 0) === 0;
    const isOpener = ofLoad && (input.from === undefined || peer.kind === input.from);
    const of =
      isOpener && budget !== null && budget.fourTuples > 0 ? ` of ${figure(budget.fourTuples)} four-tuples` : '';
    lines.push(
      `${role}: ${figure(created)} TIME_WAIT created, at most ${figure(peak)}${of} at once` +
        `${recycled > 0 ? `, ${figure(recycled)} reused (TWRecycled)` : ''}` +
        `${overflowed > 0 ? `, ${figure(overflowed)} skipped (TCPTimeWaitOverflow)` : ''}`,
    );
  }
  lines.push(...(input.fullest ?? []));
  for (const [role, peer] of Object.entries(peers)) {
    const drops = peer.counters['TcpExt.ListenOverflows'] ?? 0;
    if (drops > 0) lines.push(`${role}: the accept queue overflowed ${figure(drops)} times (ListenOverflows)`);
    for (const [name, busy] of Object.entries(peer.cpu ?? {})) {
      if (busy >= 0.9) lines.push(`${role}: ${name === role ? 'its program' : name} used ${cpuText(busy)}`);
    }
  }
  return [...lines, ...leaked(input)];
}

function exhaustionEvidence({ exhaustion, phases, programs = [] }: VerdictInput): string[] {
  const lines: string[] = [];
  if (phases.timeToExhaustionMs !== undefined) {
    lines.push(`ports ran out after ${seconds(phases.timeToExhaustionMs)}`);
  }
  // The lab's own engines report failures by errno above; for a program every witness counts.
  if (programs.length > 0) lines.push(...(exhaustion?.evidence ?? []));
  if (exhaustion?.afterwards != null) lines.push(`the program then ${exhaustion.afterwards}`);
  for (const program of programs) {
    const when = program.endedAtMs === null ? '' : ` after ${seconds(Math.max(0, program.endedAtMs))}`;
    const who = program.endedByLab === true ? ' (by the lab, at the end of the load)' : '';
    if (program.endedAtMs !== null) lines.push(`${program.command[0]} ${endText(program)}${when}${who}`);
  }
  return lines;
}

/** With reuse, a burst of late arrivals can exhaust the ports though the schedule would not. */
function burstEvidence(budget: BudgetReport | null): string[] {
  const { burst, fourTuples = 0 } = budget ?? {};
  if (burst?.measured == null || burst.measured <= fourTuples) return [];
  const planned = burst.predicted === null ? '' : ` (at most ${figure(burst.predicted)} by schedule)`;
  return [
    `most arrivals in any ${figure(burst.windowMs)} ms: ${figure(burst.measured)} for ${figure(fourTuples)} four-tuples${planned}`,
  ];
}

/** A program with several threads can use more than one core. */
function cpuText(busy: number): string {
  return busy > 1 ? `${busy.toFixed(1)} cores` : `${(busy * 100).toFixed(0)} % of a core`;
}

export function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : `${(ms / 1000).toFixed(1)} s`;
}
