import type { PeerReport } from '../../model/report.ts';
import { reuseActs } from '../../model/tw-reuse.ts';

type Settings = Pick<PeerReport, 'sysctls' | 'hops'>;

const value = (peer: Settings | undefined, key: string) => peer?.sysctls.effective[`net.ipv4.${key}`];

/**
 * Peers whose tcp_timestamps=0 turn tcp_tw_reuse at `role` off: connect() reuses a TIME_WAIT only if both ends had
 * timestamps. `otherEnds`: the roles that it connects to. Empty: none does, or reuse is not requested. Source:
 * net/ipv4/tcp_ipv4.c tcp_twsk_unique.
 */
export function defeatersOfReuse(
  role: string,
  otherEnds: readonly string[],
  peers: Readonly<Record<string, Settings>>,
): string[] {
  const destinations = (peers[role]?.hops ?? []).filter(({ way }) => way === 'opened').map(({ address }) => address);
  if (!reuseActs(value(peers[role], 'tcp_tw_reuse'), destinations)) return [];
  return [...new Set([role, ...otherEnds])].filter((one) => value(peers[one], 'tcp_timestamps') === '0');
}
