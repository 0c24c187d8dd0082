import { countOf } from '../../model/failures.ts';
import type { Identity, LoadReport } from '../../model/report.ts';
import type { Hop } from '../../plan/hops.ts';
import { expiryIdentity } from './ledger-expiry.ts';
import type { LedgerPeer } from './ledger-peer.ts';
import { counted, created } from './peer-counts.ts';

export interface LedgerInput {
  load: LoadReport;
  /** Who opens connections to whom; the load's own hop first (plan/hops.ts). */
  hops: readonly Hop[];
  peers: readonly LedgerPeer[];
  /** Peers that make the load. */
  loadRoles: readonly string[];
  /** Peers whose servers open connections of their own, to their upstreams. */
  forwarders: readonly string[];
  /** The engine enforces the close policy on every connection, so which side closes first is certain. */
  policyIsKept: boolean;
  /**
   * A program or image of the user's own makes the load or serves: it may open connections between any peers, including
   * within one.
   */
  goesAnywhere: boolean;
  /** The engine counts attempts when they begin, independently of how they end. */
  countsAttempts: boolean;
  /**
   * Packets wait in a queue between the peers, on a shaped link or between machines: two of one connection may be
   * processed by two CPUs at once.
   */
  hasQueues: boolean;
  kernelHz: number | null;
}

/** Counters that the identities need. */
export const ledgerCounters = [
  ...['Tcp.ActiveOpens', 'Tcp.PassiveOpens', 'Tcp.AttemptFails', 'Tcp.EstabResets', 'Tcp.OutRsts', 'Tcp.RetransSegs'],
  ...['TcpExt.TW', 'TcpExt.TWKilled', 'TcpExt.TWRecycled', 'TcpExt.TCPTimeWaitOverflow'],
  ...['TcpExt.ListenDrops', 'TcpExt.TCPSynRetrans'],
] as const;
type LedgerCounter = (typeof ledgerCounters)[number];

/**
 * Checks that the counts of the engine and of all kernels balance (docs/kernel.md). An identity that does not apply to
 * this cell is left out, and so is one with a counter that a kernel does not have; one that applies must hold, or the cell
 * is invalid.
 */
export function ledger(input: LedgerInput): Identity[] {
  const { load, hops } = input;
  const [first] = hops;
  const isOneHop = hops.length === 1 && input.forwarders.length === 0;
  const of = (roles: readonly string[] = []) => input.peers.filter((peer) => roles.includes(peer.role));
  const clients = of(first?.openers);
  const identities = [
    engineIdentity(load, input.countsAttempts),
    scheduleIdentity(load),
    connectedIdentity(load, of(input.loadRoles), input.forwarders),
  ];
  const accepted = hops.map((hop) =>
    acceptedIdentity(hop, of(hop.openers), of(hop.acceptors), {
      uncertain: hop === first ? gaveUp(load) : 0,
      hasQueues: input.hasQueues,
    }),
  );
  const asPlanned = !input.goesAnywhere || accepted.every(({ holds }) => holds);
  identities.push(...(asPlanned ? accepted : [anywhereIdentity(input.peers, input.hasQueues)]));
  if (isOneHop && input.policyIsKept && load.connected !== null && load.closePolicy !== 'simultaneous') {
    identities.push(sideIdentity(load, clients, of(first?.acceptors)));
  } else {
    const opened = asPlanned
      ? hops.reduce((sum, hop) => sum + openedBy(of(hop.openers)), 0)
      : openedBy(opening(input.peers));
    identities.push(bothIdentity(opened, input.peers, isOneHop));
  }
  // SYNs replace TIME_WAITs of accepted connections alone; where the client closes all of them there are none.
  const clientCloses = isOneHop && input.policyIsKept && load.closePolicy === 'client-fin';
  for (const peer of input.peers) {
    const rest = input.peers.filter((other) => other !== peer);
    // Connections of a peer with itself have their other end there too.
    const otherEnds = isOpener(peer) && sumOf([peer], 'Tcp.PassiveOpens') > 0 ? [...rest, peer] : rest;
    identities.push(
      expiryIdentity(
        peer,
        {
          resets: sumOf(otherEnds, 'Tcp.OutRsts'),
          newerSyns: clientCloses && isOpener(peer) ? 0 : sumOf([peer], 'Tcp.PassiveOpens'),
          // A FIN_WAIT2 whose other side never closes expires after tcp_fin_timeout without a counter.
          finWait2: otherEnds.reduce((sum, other) => sum + other.closeWait, 0),
          retransmitted: sumOf(otherEnds, 'Tcp.RetransSegs'),
        },
        input.kernelHz,
      ),
    );
  }
  return identities.filter((one) => one !== null).filter(isCounted);
}

export function identity(name: string, left: number, right: number, basis: string, tolerance = 0): Identity {
  const residual = left - right;
  return { name, left, right, residual, tolerance, holds: Math.abs(residual) <= tolerance, basis };
}

/**
 * `null` where the attempts are the kernel's own count, or the sum of their outcomes: they would be compared with
 * themselves.
 */
function engineIdentity(load: LoadReport, countsAttempts: boolean): Identity | null {
  if (load.countedBy === 'kernel' || !countsAttempts || load.inFlight === null) return null;
  const failed = countOf(load.failures ?? []);
  return identity(
    'engine: attempts = completed + failed + in flight',
    load.attempts,
    load.completed + failed + load.inFlight,
    'the engine counts attempts, outcomes and connections in flight apart: it agrees with itself',
  );
}

/** For an open loop whose engine counts due arrivals from the schedule alone; `null`: it does not, or was cut short. */
function scheduleIdentity(load: LoadReport): Identity | null {
  if (load.due === undefined || load.notStarted === undefined) return null;
  return identity(
    'engine: arrivals due = attempts + never started',
    load.due,
    load.attempts + load.notStarted,
    'every arrival of the schedule was started or given up',
  );
}

/** ActiveOpens counts SYNs sent, AttemptFails those that never reached ESTABLISHED (net/ipv4/tcp.c tcp_done). */
function openedBy(openers: readonly LedgerPeer[]): number {
  const opening = openers.reduce((sum, peer) => sum + peer.opening, 0);
  return sumOf(openers, 'Tcp.ActiveOpens') - sumOf(openers, 'Tcp.AttemptFails') - opening;
}

/** Attempts closed in SYN_SENT: counted by ActiveOpens, and by AttemptFails only when the other side refused. */
function gaveUp(load: LoadReport): number {
  const timedOut = load.failures?.filter(({ phase, errno }) => phase === 'connect' && errno === 'ETIMEDOUT');
  return countOf(timedOut ?? []);
}

function connectedIdentity(
  load: LoadReport,
  clients: readonly LedgerPeer[],
  forwarders: readonly string[],
): Identity | null {
  if (load.connected === null || load.inFlight === null) return null;
  const tolerance = load.inFlight + gaveUp(load);
  const shared = clients.map(({ role }) => role).filter((role) => forwarders.includes(role));
  if (shared.length > 0) {
    const most = openedBy(clients) + tolerance;
    const basis = `${shared.join(', ')} also forwards, in the same network stack, and counts those connections too`;
    const name = 'engine connected ≤ ActiveOpens − AttemptFails (client)';
    return identity(name, load.connected, Math.min(load.connected, most), basis);
  }
  return identity(
    'engine connected = ActiveOpens − AttemptFails (client)',
    load.connected,
    openedBy(clients),
    tolerance === 0 ? 'every SYN was answered' : 'connections in flight or abandoned may be counted on either side',
    tolerance,
  );
}

function acceptedIdentity(
  hop: Hop,
  openers: readonly LedgerPeer[],
  acceptors: readonly LedgerPeer[],
  { uncertain, hasQueues }: { uncertain: number; hasQueues: boolean },
): Identity {
  const opened = openedBy(openers);
  const accepted = sumOf(acceptors, 'Tcp.PassiveOpens');
  // The handshake's ACK and the first data, on two CPUs at once, make a socket each: PassiveOpens counts both, and one is
  // discarded (tcp_minisocks.c tcp_create_openreq_child, before inet_csk_complete_hashdance decides).
  const twice = hasQueues ? Math.min(opened, Math.max(0, accepted - opened)) : 0;
  // Every overflow is a drop too: the kernel counts it in both (net/ipv4/tcp_ipv4.c tcp_v4_syn_recv_sock, exit_overflow).
  const dropped = sumOf(acceptors, 'TcpExt.ListenDrops');
  const resent = resentSyns([...openers, ...acceptors]);
  const accepting = acceptors.reduce((sum, peer) => sum + peer.accepting, 0);
  return identity(
    `ActiveOpens − AttemptFails (${hop.openers.join(', ')}) = PassiveOpens (${hop.acceptors.join(', ')})`,
    opened,
    accepted - twice,
    twice > 0
      ? `PassiveOpens counted ${twice} twice: two packets of a connection were processed at once`
      : dropped > 0
        ? 'the accept queue dropped connections (ListenDrops)'
        : resent > 0
          ? `${resent} SYNs or SYN-ACKs were sent again: one end may have given up a connection that the other counted`
          : accepting > 0
            ? `${accepting} are in SYN_RECV, and may be ESTABLISHED at the other end`
            : uncertain > 0
              ? `${uncertain} were abandoned in SYN_SENT, which no counter records`
              : 'no SYN was refused or lost',
    dropped + accepting + uncertain + resent,
  );
}

/**
 * Retransmitted SYNs and SYN-ACKs (TCPSynRetrans): where packets are lost, one end may count a connection that the other
 * never did. 0 on a link that loses nothing.
 */
function resentSyns(peers: readonly LedgerPeer[]): number {
  return sumOf([...new Set(peers)], 'TcpExt.TCPSynRetrans');
}

/** Over every peer at once: includes connections outside the scenario's hops, and those within one peer. */
function anywhereIdentity(peers: readonly LedgerPeer[], hasQueues: boolean): Identity {
  const hop = { openers: ['all peers'], acceptors: ['all peers'] };
  return acceptedIdentity(hop, opening(peers), peers, { uncertain: 0, hasQueues });
}

/** AttemptFails also counts connections that fail in SYN_RECV, so it is used only where connections are opened. */
function isOpener(peer: LedgerPeer): boolean {
  // A peer whose kernel does not count them may be one.
  return !(sumOf([peer], 'Tcp.ActiveOpens') <= 0);
}

const opening = (peers: readonly LedgerPeer[]) => peers.filter(isOpener);
const ends = (peers: readonly LedgerPeer[]) =>
  peers.reduce((sum, peer) => sum + created(peer.counters), 0) + sumOf(peers, 'TcpExt.TCPTimeWaitOverflow');
const open = (peers: readonly LedgerPeer[]) => peers.reduce((sum, peer) => sum + peer.open, 0);

/** Every connection's end, at the side that the close policy names: a TIME_WAIT, a reset, or still open. */
function sideIdentity(load: LoadReport, clients: readonly LedgerPeer[], servers: readonly LedgerPeer[]): Identity {
  const policy = load.closePolicy;
  const side = policy === 'server-fin' || policy === 'server-rst' ? servers : clients;
  const name = side === servers ? 'server' : 'client';
  const [both] = side.filter((peer) => clients.includes(peer) && servers.includes(peer));
  if (both !== undefined) return sharedSideIdentity(load, side);
  return identity(
    `connections = TIME_WAIT created + overflowed + reset + still open (${name})`,
    openedBy(clients),
    ends(side) + sumOf(side, 'Tcp.EstabResets') + open(side),
    `close policy ${policy}: the ${name} ends every connection`,
    gaveUp(load) + resentSyns([...clients, ...servers]),
  );
}

/**
 * The same where both ends of every connection are in one network stack: one end has a TIME_WAIT, but both may count a
 * reset and an open socket. Exact where nothing was reset and nothing is open.
 */
function sharedSideIdentity(load: LoadReport, stacks: readonly LedgerPeer[]): Identity {
  const twice = sumOf(stacks, 'Tcp.EstabResets') + open(stacks);
  const name = stacks.map(({ role }) => role).join(', ');
  return identity(
    `connections = TIME_WAIT created + overflowed + (reset + still open) / 2 (${name}, both ends)`,
    openedBy(stacks),
    ends(stacks) + twice / 2,
    `close policy ${load.closePolicy}: each connection has one TIME_WAIT${twice === 0 ? '' : `; both ends may count its reset or open socket: ${twice}`}`,
    twice / 2 + gaveUp(load),
  );
}

/**
 * Where either end may close first, or both at once, a connection leaves one TIME_WAIT or two, and only bounds are
 * certain. A peer's counters cover all of its hops, and so does this identity.
 */
function bothIdentity(opened: number, peers: readonly LedgerPeer[], isOneHop: boolean): Identity {
  const resets = sumOf(peers, 'Tcp.EstabResets');
  const both = ends(peers);
  // A connection may be reset after its TIME_WAIT began, or be counted open at one end only.
  const gone = resets + open(peers);
  const crossed = Math.min(opened, Math.max(0, both + gone - opened));
  const scope = isOneHop ? 'both' : 'all peers, all hops';
  return identity(
    `TIME_WAIT created + overflowed (${scope}) = connections + simultaneous closes − resets − still open`,
    both,
    opened + crossed - gone,
    `at most ${crossed} were closed by both ends at once or counted as open at both; no counter records them`,
    gone,
  );
}

/** NaN if a kernel does not have the counter, as is every figure made of it. */
function sumOf(peers: readonly LedgerPeer[], counter: LedgerCounter): number {
  return peers.reduce((sum, peer) => sum + counted(peer.counters, counter), 0);
}

function isCounted({ left, right, tolerance }: Identity): boolean {
  return ![left, right, tolerance].some(Number.isNaN);
}
