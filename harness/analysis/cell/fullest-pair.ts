import { figure } from '../../model/figure.ts';
import type { PeerRecord } from '../journal/collect.ts';
import { growth } from './peer-counts.ts';

/**
 * The most local ports that one source had in use to one destination, for each peer that both opens and accepts
 * connections: its TIME_WAIT count includes ends that use no port of the range. Empty for a peer whose range was never
 * nearly full, because its ports were not read.
 */
export function fullestPairs(peers: Iterable<PeerRecord>): string[] {
  return [...peers].flatMap((peer) => {
    const counters = growth(peer) ?? {};
    if (!counters['Tcp.ActiveOpens'] || !counters['Tcp.PassiveOpens']) return [];
    const readings = peer.ports.flatMap(({ pairs, usable }) => pairs.map((pair) => ({ ...pair, usable })));
    const [fullest] = readings.sort((a, b) => b.used - a.used);
    if (fullest === undefined) return [];
    const { source, destination, used, usable } = fullest;
    return [
      `${peer.role}: at most ${figure(used)} of ${figure(usable)} ports from ${source} to ${destination} in use at once`,
    ];
  });
}
