import type { Counters } from '../model/journal.ts';
import type { Identity, LoadReport } from '../model/report.ts';
import type { ClosePolicy } from '../model/vocabulary.ts';
import { expiryIdentity } from './ledger-expiry.ts';
import { created } from './peer-counts.ts';

/** What the ledger needs of one peer: growth of its counters, and what is still there at the end. */
export interface LedgerPeer {
  role: string;
  counters: Counters;
  /** sockstat `tw` at the end. */
  tw: number;
  /** Connections that are still there at the end and not counted as timewait sockets. */
  open: number;
  /** Counters over time, for runs that outlive the first TIME_WAIT; times in ms. */
  history: readonly { t: number; counters: Counters }[];
  endAt: number;
}

export interface LedgerInput {
  load: LoadReport;
  clients: readonly LedgerPeer[];
  /** Peers that the load goes to directly. */
  servers: readonly LedgerPeer[];
  /** Nothing stands between clients and servers, and nobody else opens connections. */
  isDirect: boolean;
  /** Connections are counted one for one: the engine knows each of them. */
  kernelHz: number | null;
}

/**
 * The check that counts add up, over the engine's numbers and both kernels' (docs/kernel.md). An identity
 * that cannot be stated for this load is left out; one that is stated must hold, or the cell is invalid.
 */
export function ledger(input: LedgerInput): Identity[] {
  const { load, clients, servers } = input;
  const identities = [engineIdentity(load), connectedIdentity(load, clients)];
  if (input.isDirect) {
    identities.push(acceptedIdentity(clients, servers));
    identities.push(endsIdentity(load.closePolicy, load, clients, servers));
    const others = (role: readonly LedgerPeer[]) => sumOf(role === clients ? servers : clients, 'Tcp.OutRsts');
    for (const peer of clients) identities.push(expiryIdentity(peer, others(clients), 0, input.kernelHz));
    for (const peer of servers) {
      identities.push(expiryIdentity(peer, others(servers), peer.counters['Tcp.PassiveOpens'] ?? 0, input.kernelHz));
    }
  }
  return identities.filter((identity) => identity !== null);
}

export function identity(name: string, left: number, right: number, basis: string, tolerance = 0): Identity {
  const residual = left - right;
  return { name, left, right, residual, tolerance, holds: Math.abs(residual) <= tolerance, basis };
}

function engineIdentity(load: LoadReport): Identity {
  const failed = load.failures.reduce((sum, failure) => sum + failure.count, 0);
  return identity(
    'engine: attempts = completed + failed + in flight',
    load.attempts,
    load.completed + failed + load.inFlight,
    'every attempt has one end',
  );
}

/** ActiveOpens counts SYNs sent, AttemptFails those that never got to ESTABLISHED (net/ipv4/tcp.c tcp_done). */
function connectedIdentity(load: LoadReport, clients: readonly LedgerPeer[]): Identity | null {
  if (load.connected === null) return null;
  const gaveUp = load.failures.filter((failure) => failure.phase === 'connect' && failure.errno === 'ETIMEDOUT');
  const tolerance = load.inFlight + gaveUp.reduce((sum, failure) => sum + failure.count, 0);
  return identity(
    'engine connected = ActiveOpens − AttemptFails (client)',
    load.connected,
    sumOf(clients, 'Tcp.ActiveOpens') - sumOf(clients, 'Tcp.AttemptFails'),
    tolerance === 0 ? 'every SYN was answered' : 'connections in flight or given up may be on either side',
    tolerance,
  );
}

function acceptedIdentity(clients: readonly LedgerPeer[], servers: readonly LedgerPeer[]): Identity {
  const dropped = sumOf(servers, 'TcpExt.ListenDrops') + sumOf(servers, 'TcpExt.ListenOverflows');
  return identity(
    'ActiveOpens − AttemptFails (client) = PassiveOpens (server)',
    sumOf(clients, 'Tcp.ActiveOpens') - sumOf(clients, 'Tcp.AttemptFails'),
    sumOf(servers, 'Tcp.PassiveOpens'),
    dropped === 0 ? 'no SYN was refused or lost' : "the server's accept queue dropped connections (ListenDrops)",
    dropped,
  );
}

/**
 * Every connection's end: a TIME_WAIT, one that the bucket cap swallowed, a reset, or still open.
 * Where both ends may close at once a connection can leave two, and only bounds are certain.
 */
function endsIdentity(
  policy: ClosePolicy,
  load: LoadReport,
  clients: readonly LedgerPeer[],
  servers: readonly LedgerPeer[],
): Identity {
  const opened = sumOf(clients, 'Tcp.ActiveOpens') - sumOf(clients, 'Tcp.AttemptFails');
  const ends = (peers: readonly LedgerPeer[]) =>
    peers.reduce((sum, peer) => sum + created(peer.counters), 0) + sumOf(peers, 'TcpExt.TCPTimeWaitOverflow');
  const resets = (peers: readonly LedgerPeer[]) => sumOf(peers, 'Tcp.EstabResets');
  const open = (peers: readonly LedgerPeer[]) => peers.reduce((sum, peer) => sum + peer.open, 0);
  const isExact = load.connected !== null && policy !== 'simultaneous';
  if (isExact) {
    const side = policy === 'server-fin' || policy === 'server-rst' ? servers : clients;
    const name = side === servers ? 'server' : 'client';
    return identity(
      `connections = TIME_WAIT created + overflowed + reset + still open (${name})`,
      opened,
      ends(side) + resets(side) + open(side),
      `close policy ${policy}: the ${name} ends every connection`,
    );
  }
  const both = ends(clients) + ends(servers);
  const gone = Math.max(resets(clients), resets(servers)) + Math.max(open(clients), open(servers));
  const crossed = Math.min(opened, Math.max(0, both + gone - opened));
  return identity(
    'TIME_WAIT created + overflowed (both) = connections + simultaneous closes − resets − still open',
    both,
    opened + crossed - gone,
    `${crossed} simultaneous closes follow from it; no counter knows them`,
    // A connection may be reset after its TIME_WAIT began, or be counted open at one end only.
    gone,
  );
}

export function sumOf(peers: readonly LedgerPeer[], counter: string): number {
  return peers.reduce((sum, peer) => sum + (peer.counters[counter] ?? 0), 0);
}
