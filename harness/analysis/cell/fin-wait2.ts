import type { PeerRecord } from '../journal/collect.ts';
import { created, growth } from './peer-counts.ts';

/**
 * Timewait sockets of a peer that never got past FIN_WAIT2. close(2) of a connection that the other side does not
 * close leaves an orphaned FIN_WAIT2, which the kernel keeps as a timewait socket for tcp_fin_timeout and counts under
 * TW (net/ipv4/tcp.c tcp_close, tcp_time_wait); it becomes a TIME_WAIT only when the FIN arrives. Live ones appear in
 * the state dump. Expired ones are inferred from the other side: a connection in CLOSE_WAIT there never sent its FIN.
 */
export function finWait2Only(peer: PeerRecord, all: Iterable<PeerRecord>, connectsToItself = false): number {
  const last = peer.end ?? peer.loadEnd;
  const counters = growth(peer);
  if (last === null || counters === null) return 0;
  let unanswered = 0;
  for (const other of all) {
    if (other !== peer || connectsToItself) unanswered += (other.end ?? other.loadEnd)?.states?.CLOSE_WAIT ?? 0;
  }
  // A FIN_WAIT2 that is not orphaned (shutdown(2) without close(2)) is not a timewait socket.
  const owned = (last.states?.FIN_WAIT2 ?? 0) - last.smallFinWait2;
  return Math.min(created(counters), Math.max(last.smallFinWait2, unanswered - owned));
}
