import { exhaustionAfter } from '../../harness/analysis/cell/budget.ts';
import { budgetInput } from '../../harness/analysis/cell/budget-input.ts';
import { isNoPort } from '../../harness/analysis/cell/load-summary.ts';
import { verdictOf } from '../../harness/analysis/cell/verdict.ts';
import type { CellPlan, PeerPlan } from '../../harness/model/cell.ts';
import { portSupply } from '../../harness/model/port-supply.ts';
import type { MeasuredCell, PeerReport } from '../../harness/model/report.ts';
import type { ClosePolicy } from '../../harness/model/vocabulary.ts';
import { targetsOf } from '../../harness/plan/topology.ts';
import { sampleCell, samplePeer } from './report.ts';

/*
 * A cell's end as the kernel would have it, in memory and in steps of 100 ms: for asking of thousands of settings whether
 * they help, without a stack. It follows docs/kernel.md and not the port budget, so that each can contradict the other.
 */

const stepMs = 100;
const timeWaitMs = 60_000;

const kernelDefaults: Readonly<Record<string, string>> = {
  'net.ipv4.tcp_tw_reuse': '2',
  'net.ipv4.tcp_tw_reuse_delay': '1000',
  'net.ipv4.ip_local_port_range': '32768 60999',
  'net.ipv4.ip_local_reserved_ports': '',
  'net.ipv4.tcp_max_tw_buckets': '131072',
  'net.ipv4.tcp_fin_timeout': '60',
  'net.ipv4.tcp_timestamps': '1',
};

const settingsOf = (peer: PeerPlan) => ({ ...kernelDefaults, ...peer.sysctls });

/** Sockets that hold something until they are that old. */
class Ages {
  private readonly waiting: { at: number; count: number }[] = [];
  count = 0;

  add(at: number, count: number): void {
    if (count > 0) this.waiting.push({ at, count });
    this.count += count;
  }

  olderThan(at: number): number {
    if ((this.waiting[0]?.at ?? Number.POSITIVE_INFINITY) > at) return 0;
    let older = this.count;
    for (let i = this.waiting.length - 1; i >= 0; i--) {
      const one = this.waiting[i];
      if (one === undefined || one.at <= at) break;
      older -= one.count;
    }
    return older;
  }

  /** The oldest go first. */
  take(count: number): void {
    let left = count;
    while (left > 0) {
      const [oldest] = this.waiting;
      if (oldest === undefined) return;
      const gone = Math.min(left, oldest.count);
      oldest.count -= gone;
      left -= gone;
      this.count -= gone;
      if (oldest.count === 0) this.waiting.shift();
    }
  }
}

/** A kernel of the model counts everything. */
type Counts = Record<'created' | 'recycled' | 'overflowed' | 'peak' | 'live' | 'closeWait', number>;

/** What the openers' stack, or that of the side that accepts, has at the load's end. */
interface Outcome {
  opened: number;
  noPort: number;
  notStarted: number;
  answers: number;
  answersFin: boolean;
  exhaustedAt: number | null;
  searchedFrom: number | null;
  opener: Counts;
  acceptor: Counts;
}

export function modelCell(plan: CellPlan): MeasuredCell {
  const { scenario } = plan;
  const { load } = scenario;
  const { openers, acceptors, isMiddle } = hopAtStake(plan);
  const outcome = run(plan, openers, acceptors);
  const { opened, noPort, notStarted } = outcome;
  const completed = isMiddle ? outcome.answers : opened;
  const failed = [
    ...(noPort > 0 && !isMiddle ? [{ errno: 'EADDRNOTAVAIL', phase: 'connect' as const, count: noPort }] : []),
    ...(noPort > 0 && isMiddle ? [{ errno: 'HTTP_502', phase: 'response' as const, count: noPort }] : []),
  ];
  const peers = Object.fromEntries(
    plan.peers.map((peer) => [peer.role, peerOf(plan, peer, outcome, { openers, acceptors, isMiddle })]),
  );
  const input = budgetInput(plan, { paced: true, serverCloses: outcome.answersFin }, (role) => {
    const found = plan.peers.find((peer) => peer.role === role);
    return found === undefined ? null : settingsOf(found);
  });
  const offered =
    load.arrival.loop === 'open' && load.parameters.command === undefined ? load.arrival.ratePerSec : null;
  const afterLoadMs = input === null || offered === null ? null : exhaustionAfter(input, load.durationMs);
  const base = sampleCell();
  const cell = {
    ...base,
    id: plan.id,
    scenario: scenario.name,
    ...(plan.variant !== undefined && { variant: plan.variant }),
    profile: plan.profile,
    repetition: plan.repetition,
    form: plan.form,
    peers,
    load: {
      ...base.load,
      closePolicy: load.closePolicy,
      attempts: completed + noPort,
      due: completed + noPort + notStarted,
      notStarted,
      connected: completed,
      completed,
      answers: outcome.answers,
      failures: failed,
      durationMs: load.durationMs,
      rate: {
        offered,
        achieved: ((load.requestsPerConnection === 1 ? completed : outcome.answers) * 1000) / load.durationMs,
        peak: null,
      },
    },
    phases: phasesOf(outcome, load.durationMs),
    exhaustion: { ranOut: failed.some(isNoPort), evidence: [] },
    budget:
      input === null
        ? null
        : {
            ...(base.budget as NonNullable<typeof base.budget>),
            ports: input.ports,
            destinations: input.destinations,
            sources: input.sources,
            fourTuples: input.ports * input.destinations * input.sources,
            ...(afterLoadMs !== null && { exhaustionAfterLoadMs: afterLoadMs }),
          },
    expectations: [],
  };
  const { verdict } = verdictOf({ ...cell, identities: [] });
  return { ...cell, verdict } as MeasuredCell;
}

function hopAtStake(plan: CellPlan) {
  const { load, subject } = plan.scenario;
  const openers = plan.peers.filter((peer) => peer.kind === subject);
  const isMiddle = subject !== load.from;
  const upstream = openers.flatMap((peer) => peer.serves.flatMap((spec) => spec.upstream ?? []));
  const acceptors = plan.peers.filter((peer) => (isMiddle ? upstream.includes(peer.kind) : peer.kind === load.to));
  return { openers, acceptors, isMiddle };
}

/** Who closes on the hop, and whether a connection serves one request. */
function closing(plan: CellPlan, openers: readonly PeerPlan[]): { policy: ClosePolicy; isShort: boolean } {
  const { load, subject } = plan.scenario;
  if (subject === load.from) return { policy: load.closePolicy, isShort: load.requestsPerConnection === 1 };
  const parameters = openers[0]?.serves[0]?.parameters ?? {};
  const policy = parameters.upstreamHttp === '1.1' ? 'client-fin' : 'server-fin';
  return { policy, isShort: Number(parameters.upstreamKeepalive ?? 0) === 0 };
}

function run(plan: CellPlan, openers: readonly PeerPlan[], acceptors: readonly PeerPlan[]): Outcome {
  const { load } = plan.scenario;
  const { policy, isShort } = closing(plan, openers);
  const own = settingsOf(openers[0] as PeerPlan);
  const other = settingsOf(acceptors[0] as PeerPlan);
  const ports = portSupply(own).usable;
  const binds = load.bindAddresses > 0;
  const kinds = [...new Set(acceptors.map((peer) => peer.kind))];
  const destinations = binds ? 1 : kinds.flatMap((kind) => targetsOf(plan, openers[0]?.role ?? '', kind)).length;
  const tuples = ports * destinations * openers.length * Math.max(1, load.bindAddresses);
  const hasTimestamps = [...openers, ...acceptors].every((peer) => settingsOf(peer)['net.ipv4.tcp_timestamps'] !== '0');
  const reuses = own['net.ipv4.tcp_tw_reuse'] === '1' && hasTimestamps && !binds;
  const delayMs = Number(own['net.ipv4.tcp_tw_reuse_delay']);
  const answersFin = acceptors.every((peer) => peer.serves.every((spec) => spec.parameters.onClientFin !== 'leak'));
  const perSec = load.arrival.loop === 'open' ? load.arrival.ratePerSec : 2000;
  const nothing = { created: 0, recycled: 0, overflowed: 0, peak: 0, live: 0, closeWait: 0 };
  const result: Outcome = {
    opened: 0,
    noPort: 0,
    notStarted: 0,
    answers: 0,
    answersFin,
    exhaustedAt: null,
    searchedFrom: null,
    opener: { ...nothing },
    acceptor: { ...nothing },
  };
  if (!isShort) {
    result.opened = 10;
    result.answers = (perSec * load.durationMs) / 1000;
    return result;
  }
  const opener = new Ages();
  const acceptor = new Ages();
  /** Connections that nobody closes, and FIN_WAIT2 of those whose other side does not: each holds a port. */
  const held = new Ages();
  const heldMs = policy === 'leak' ? Number.POSITIVE_INFINITY : Number(own['net.ipv4.tcp_fin_timeout']) * 1000;
  const clientKeeps = policy === 'client-fin' || policy === 'simultaneous';
  let due = 0;
  for (let at = 0; at < load.durationMs; at += stepMs) {
    for (const ages of [opener, acceptor]) ages.take(ages.olderThan(at - timeWaitMs));
    held.take(held.olderThan(at - heldMs));
    const most =
      load.maxAttempts === undefined ? Number.POSITIVE_INFINITY : load.maxAttempts - result.opened - result.noPort;
    due = Math.min(due + (perSec * stepMs) / 1000, most);
    const used = opener.count + held.count;
    const reusable = reuses ? opener.olderThan(at - delayMs) : 0;
    const searches = used > tuples / 2 && reusable === 0;
    const callUs = searches ? 30 + 0.12 * (ports / 2) : 30;
    if (searches && callUs > 500) result.searchedFrom ??= at;
    const wanted = Math.min(Math.floor(due), Math.floor((load.threads * stepMs * 1000) / callUs));
    due -= wanted;
    // One parity first, then what can be taken over, then the other parity.
    const fromHalf = Math.min(wanted, Math.max(0, Math.floor(tuples / 2) - used));
    const recycled = Math.min(wanted - fromHalf, reusable);
    const rest = Math.min(wanted - fromHalf - recycled, Math.max(0, tuples - used - fromHalf));
    const opened = fromHalf + recycled + rest;
    result.opened += opened;
    result.noPort += wanted - opened;
    if (wanted > opened) result.exhaustedAt ??= at;
    opener.take(recycled);
    result.opener.recycled += recycled;
    if (policy === 'leak') held.add(at, opened);
    else if (clientKeeps && !answersFin) {
      held.add(at, opened);
      result.acceptor.closeWait += opened;
    } else if (clientKeeps) keep(opener, result.opener, at, opened, Number(own['net.ipv4.tcp_max_tw_buckets']));
    else if (policy === 'server-fin') {
      acceptor.take(Math.max(0, acceptor.count + opened - Math.floor(tuples / 2)));
      keep(acceptor, result.acceptor, at, opened, Number(other['net.ipv4.tcp_max_tw_buckets']));
    }
  }
  result.notStarted = Math.floor(due);
  result.answers = result.opened;
  return result;
}

function keep(ages: Ages, counts: Outcome['opener'], at: number, opened: number, buckets: number): void {
  const kept = Math.min(opened, Math.max(0, buckets - ages.count));
  ages.add(at, kept);
  counts.created += kept;
  counts.overflowed += opened - kept;
  counts.live = ages.count;
  counts.peak = Math.max(counts.peak, ages.count);
}

function phasesOf({ exhaustedAt, searchedFrom }: Outcome, durationMs: number): MeasuredCell['phases'] {
  const stretch = (phase: 'healthy' | 'degraded' | 'exhausted', fromMs: number, toMs: number) => ({
    phase,
    fromMs,
    toMs,
    connectCallMeanUs: null,
    connectedPerSec: 0,
  });
  const end = exhaustedAt ?? durationMs;
  const slow = Math.min(searchedFrom ?? end, end);
  const stretches = [
    stretch('healthy', 0, slow),
    stretch('degraded', slow, end),
    stretch('exhausted', end, durationMs),
  ];
  return {
    ...(exhaustedAt !== null && { timeToExhaustionMs: exhaustedAt }),
    ...(slow < end && { timeToDegradedMs: slow }),
    stretches: stretches.filter((one) => one.toMs > one.fromMs),
  };
}

function peerOf(plan: CellPlan, peer: PeerPlan, outcome: Outcome, hop: ReturnType<typeof hopAtStake>): PeerReport {
  const { load } = plan.scenario;
  const isOpener = hop.openers.includes(peer);
  const isAcceptor = hop.acceptors.includes(peer);
  const share = isOpener ? hop.openers.length : hop.acceptors.length;
  const counts = isOpener ? outcome.opener : isAcceptor ? outcome.acceptor : null;
  const part = (count: number) => Math.round(count / share);
  const passed = hop.isMiddle ? outcome.opened : 0;
  const isClient = peer.kind === load.from;
  const none = { peak: 0, atEnd: 0, mean: 0, source: 'dumps' as const };
  const closeWait = part(counts?.closeWait ?? 0);
  const sample = samplePeer();
  return {
    ...sample,
    kind: peer.kind,
    sysctls: {
      requested: peer.sysctls,
      effective: settingsOf(peer),
      ...(peer.unscaled !== undefined && { unscaled: peer.unscaled }),
    },
    states: { ...sample.states, CLOSE_WAIT: { ...none, peak: closeWait, atEnd: closeWait } },
    timeWait: {
      created: part(counts?.created ?? 0),
      recycled: part(counts?.recycled ?? 0),
      overflowed: part(counts?.overflowed ?? 0),
      peak: part(counts?.peak ?? 0),
      live: part(counts?.live ?? 0),
    },
    counters: {
      'Tcp.ActiveOpens': isOpener ? part(outcome.opened) : isClient ? passed : 0,
      'Tcp.PassiveOpens': isAcceptor ? part(outcome.opened) : peer.kind === load.to ? passed : 0,
    },
    gauges:
      isOpener && hop.isMiddle && outcome.noPort > 0
        ? { 'errno.EADDRNOTAVAIL': { first: 0, last: outcome.noPort, max: outcome.noPort } }
        : {},
  };
}
