import type { Counters } from '../../model/journal.ts';
import type { Identity } from '../../model/report.ts';
import type { LedgerPeer } from './ledger-peer.ts';
import { counted, created } from './peer-counts.ts';
import { longestLifeMs, timeWaitMs } from './time-wait-life.ts';

/** Events that end or prolong timewait sockets of a peer without a counter of their own: upper bounds. */
export interface Uncounted {
  /** RSTs that the other peers sent (RFC 1337). */
  resets: number;
  /** SYNs that this peer accepted, where it accepts any. */
  newerSyns: number;
  /** Connections that the other peers never closed: their FIN_WAIT2 timewait sockets expire after tcp_fin_timeout. */
  finWait2: number;
  /** Segments that the other peers retransmitted; a retransmitted FIN restarts the 60 s. */
  retransmitted: number;
}

/**
 * One peer's TIME_WAITs: created = live + recycled + ended otherwise. Ways of ending without a counter: expiry, the
 * other side's RST (RFC 1337; at most its OutRsts), its own RST in answer to late data, tcp_fin_timeout, and, at a
 * passive side, a newer SYN. Within the first 60 s nothing expires and the sum is exact; later the live ones are
 * bounded by what was created within the last 60 s (at least these) and within the longest life (at most these).
 */
export function expiryIdentity(peer: LedgerPeer, uncounted: Uncounted, kernelHz: number | null): Identity | null {
  const made = created(peer.counters);
  const { resets, newerSyns, finWait2 } = uncounted;
  if (made === 0) return null;
  const recycled = counted(peer.counters, 'TcpExt.TWRecycled');
  const firstAt = peer.history.find((point) => created(point.counters) > 0)?.t ?? peer.endAt;
  // The first one may have come right after the sample before.
  const previousAt = peer.history.filter((point) => point.t < firstAt).at(-1)?.t ?? firstAt;
  const ownResets = lateDataResets(peer.counters);
  const mayEnd = resets + ownResets + newerSyns + finWait2;
  if (peer.endAt - previousAt <= timeWaitMs) {
    const others = made - recycled - peer.tw;
    const explained = Math.min(Math.max(0, others), mayEnd);
    return {
      name: `TIME_WAIT created = live + recycled + ${waysOf(uncounted).join(' or ')} (${peer.role})`,
      left: made,
      right: peer.tw + recycled + explained,
      residual: others - explained,
      tolerance: 0,
      holds: others === explained,
      basis: `${explained} ended without a counter; at most ${mayEnd} could have`,
    };
  }
  const atLeast = Math.max(0, keptWithin(peer, timeWaitMs) - mayEnd);
  const atMost = createdWithin(peer, longestLifeMs(kernelHz)) + uncounted.retransmitted;
  const lower = Math.max(0, atLeast);
  const nearest = Math.min(Math.max(peer.tw, lower), atMost);
  return {
    name: `live TIME_WAITs between those created in the last 60 s and in the last ${(longestLifeMs(kernelHz) / 1000).toFixed(2)} s (${peer.role})`,
    left: peer.tw,
    right: nearest,
    residual: peer.tw - nearest,
    tolerance: 0,
    holds: nearest === peer.tw,
    basis: `${lower} ≤ live ≤ ${atMost}; those recycled or ended by the other side are subtracted from the lower bound`,
  };
}

/**
 * RSTs sent by this peer that no aborted connection explains: data for a FIN_WAIT2 timewait socket is answered with an
 * RST, which ends it. Source: net/ipv4/tcp_minisocks.c tcp_timewait_state_process, TCP_TW_RST.
 */
function lateDataResets(counters: Counters): number {
  const aborts = Object.entries(counters).filter(([name]) => name.startsWith('TcpExt.TCPAbortOn'));
  return Math.max(0, counted(counters, 'Tcp.OutRsts') - aborts.reduce((sum, [, count]) => sum + count, 0));
}

function waysOf({ newerSyns, finWait2 }: Uncounted): string[] {
  return [
    'killed by RST',
    ...(newerSyns > 0 ? ['replaced by a newer SYN'] : []),
    ...(finWait2 > 0 ? ['FIN_WAIT2 past tcp_fin_timeout'] : []),
  ];
}

/** Lower bound of those created and not recycled in the last `spanMs`: from the first sample inside it. */
function keptWithin(peer: LedgerPeer, spanMs: number): number {
  const start = peer.history.find((point) => point.t >= peer.endAt - spanMs)?.counters ?? peer.counters;
  const recycled = counted(peer.counters, 'TcpExt.TWRecycled') - counted(start, 'TcpExt.TWRecycled');
  return created(peer.counters) - created(start) - recycled;
}

/** Upper bound of those created in the last `spanMs`: from the last sample before it. */
function createdWithin(peer: LedgerPeer, spanMs: number): number {
  const start = peer.history.filter((point) => point.t <= peer.endAt - spanMs).at(-1);
  return created(peer.counters) - (start === undefined ? 0 : created(start.counters));
}
