import type { BudgetReport, Identity, LoadReport, PeerReport } from '../../model/report.ts';
import type { Verdict } from '../../model/vocabulary.ts';
import { isNoPort } from './load-summary.ts';
import { isDegraded, type Phases } from './phases.ts';

export interface VerdictInput {
  peers: Readonly<Record<string, PeerReport>>;
  load: LoadReport;
  phases: Phases;
  budget: BudgetReport | null;
  identities: readonly Identity[];
}

/** Share of connections stuck in CLOSE_WAIT (or never closed) at the end that makes a leak. */
const leakShare = 0.01;
const leakLeast = 10;

export type MeasuredVerdict = Exclude<Verdict, 'skipped' | 'failed'>;

/** The verdict and the kernel's evidence for it. A ledger that does not close goes before everything else. */
export function verdictOf(input: VerdictInput): { verdict: MeasuredVerdict; reason?: string; evidence: string[] } {
  const broken = input.identities.filter((identity) => !identity.holds);
  const evidence = evidenceOf(input);
  if (broken.length > 0) {
    const [first] = broken;
    return {
      verdict: 'invalid',
      reason: `the counts do not add up: ${first?.name}: ${first?.left} against ${first?.right}`,
      evidence,
    };
  }
  const noPort = input.load.failures.filter(isNoPort).reduce((sum, failure) => sum + failure.count, 0);
  const overflowed = Object.values(input.peers).reduce((sum, peer) => sum + peer.timeWait.overflowed, 0);
  if (noPort + noPortBehind(input.peers) > 0) return { verdict: 'exhausted', evidence };
  if (overflowed > 0) return { verdict: 'overflow', evidence };
  if (leaked(input).length > 0) return { verdict: 'leaking', evidence };
  if (isDegraded(input.phases)) return { verdict: 'degraded', evidence };
  return { verdict: 'healthy', evidence };
}

/** Connections that a server in the middle could not open for want of a port, by its own log (servers/errno-gauge.ts). */
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
      ...(open > limit ? [`${role}: ${open} ESTABLISHED that nobody closes`] : []),
    ];
  });
}

function evidenceOf(input: VerdictInput): string[] {
  const { load, phases, budget, peers } = input;
  const lines: string[] = [];
  for (const [role, peer] of Object.entries(peers)) {
    const refused = peer.gauges['errno.EADDRNOTAVAIL']?.last ?? 0;
    if (refused > 0) lines.push(`${role}: ${refused} × EADDRNOTAVAIL towards its upstreams, by its log`);
  }
  for (const failure of load.failures) lines.push(`${failure.count} × ${failure.errno} in ${failure.phase}`);
  if (phases.timeToExhaustionMs !== undefined) {
    lines.push(`ports ran out after ${seconds(phases.timeToExhaustionMs)}`);
  }
  const healthy = phases.stretches.find((one) => one.phase === 'healthy');
  const degraded = phases.stretches.find((one) => one.phase === 'degraded');
  if (healthy?.connectCallMeanUs && degraded?.connectCallMeanUs) {
    const times = degraded.connectCallMeanUs / healthy.connectCallMeanUs;
    lines.push(
      `connect() took ${healthy.connectCallMeanUs.toFixed(0)} µs, and ${degraded.connectCallMeanUs.toFixed(0)} µs ` +
        `(${times.toFixed(1)} times as much) from ${seconds(degraded.fromMs)}, without an error`,
    );
  }
  for (const [role, peer] of Object.entries(peers)) {
    const { created, recycled, overflowed, peak } = peer.timeWait;
    if (created + overflowed === 0) continue;
    const of = budget !== null && budget.fourTuples > 0 ? ` of ${budget.fourTuples} four-tuples` : '';
    lines.push(
      `${role}: ${created} TIME_WAIT created, at most ${peak}${of} at once` +
        `${recycled > 0 ? `, ${recycled} taken over (TWRecycled)` : ''}` +
        `${overflowed > 0 ? `, ${overflowed} skipped (TCPTimeWaitOverflow)` : ''}`,
    );
  }
  for (const [role, peer] of Object.entries(peers)) {
    const drops = peer.counters['TcpExt.ListenOverflows'] ?? 0;
    if (drops > 0) lines.push(`${role}: the accept queue overflowed ${drops} times (ListenOverflows)`);
    for (const [thread, busy] of Object.entries(peer.cpu ?? {})) {
      if (busy >= 0.9) lines.push(`${role}: ${thread} was busy ${(busy * 100).toFixed(0)} % of a core`);
    }
  }
  return [...lines, ...leaked(input)];
}

export function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : `${(ms / 1000).toFixed(1)} s`;
}
