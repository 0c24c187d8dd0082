import type { PeerReport } from '../../model/report.ts';
import type { CellRecord } from '../journal/collect.ts';

/**
 * The peers with images named, and with what the run's sockets show about servers that could not be asked how they close:
 * whose end kept the TIME_WAIT. Pure.
 */
export function withMeasuredCloses(
  peers: Readonly<Record<string, PeerReport>>,
  cell: CellRecord,
): Record<string, PeerReport> {
  const entries = Object.entries(peers).map(([role, peer]): [string, PeerReport] => {
    const plan = cell.plan.peers.find((candidate) => candidate.role === role);
    const servers = peer.servers.map((server, index) => {
      const named = { ...server, ...(server.server === 'image' && plan?.image && { image: plan.image.reference }) };
      const ports = plan?.serves[index]?.ports ?? [];
      const asked = cell.peers.get(role)?.servers[index]?.facts?.closesAfter;
      if (asked === undefined || ports.length === 0 || Object.values(asked).some((closed) => closed !== null))
        return named;
      const shown = closesIn(role, ports, peers);
      return { ...named, closes: `${server.closes}; ${shown ?? 'no TIME_WAIT shows who closes'}` };
    });
    return [role, { ...peer, servers }];
  });
  return Object.fromEntries(entries);
}

/** `null`: neither end had a TIME_WAIT right after the load, or they were not read. */
function closesIn(role: string, ports: readonly number[], peers: Readonly<Record<string, PeerReport>>): string | null {
  const timeWaits = (hops: NonNullable<PeerReport['hops']>) =>
    hops.reduce((sum, { states }) => sum + (states.TIME_WAIT ?? 0), 0);
  const here = (peers[role]?.hops ?? []).filter(({ way, port }) => way === 'accepted' && ports.includes(port));
  const there = Object.values(peers)
    .flatMap((peer) => peer.hops ?? [])
    .filter((hop) => hop.way === 'opened' && hop.role === role && ports.includes(hop.port));
  const [own, others] = [timeWaits(here), timeWaits(there)];
  if (own + others === 0) return null;
  const percent = ((100 * own) / (own + others)).toFixed(1);
  return `after the load it held ${own} of the ${own + others} TIME_WAITs of its connections, so it closed ${percent} % first`;
}
