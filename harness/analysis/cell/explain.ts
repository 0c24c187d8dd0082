import type { LoadReport, PeerReport } from '../../model/report.ts';

/**
 * Who closed first, by role: its share of all TIME_WAITs created or suppressed by tcp_max_tw_buckets. Empty: there
 * were none.
 */
export function closedFirst(peers: Readonly<Record<string, PeerReport>>): Record<string, number> {
  const counts = Object.entries(peers).map(
    ([role, peer]) => [role, peer.timeWait.created + peer.timeWait.overflowed] as const,
  );
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  return total === 0 ? {} : Object.fromEntries(counts.map(([role, count]) => [role, count / total]));
}

/**
 * What happened, in sentences whose every figure is from this cell. `loadRoles`: the peers that make the load;
 * `requestLimit`: requests after which the server closes a connection, `null` where it has no limit.
 */
export function explanation(
  load: LoadReport,
  peers: Readonly<Record<string, PeerReport>>,
  loadRoles: readonly string[],
  requestLimit: number | null = null,
): string[] {
  const opened = loadRoles.reduce((sum, role) => sum + (peers[role]?.counters['Tcp.ActiveOpens'] ?? 0), 0);
  const lines: string[] = [];
  if (opened > 0 && load.answers !== null && load.answers > 0) {
    lines.push(
      `${load.answers} answers over ${opened} connections: ${(load.answers / opened).toFixed(1)} per connection.`,
    );
    if (requestLimit !== null && load.answers >= requestLimit) {
      const implied = Math.floor(load.answers / requestLimit);
      lines.push(
        `${load.answers} / ${requestLimit} requests per connection = ${implied} connections reached the limit; ` +
          `the other ${opened - implied} of ${opened} were still below it when the load ended.`,
      );
    }
  }
  for (const [role, peer] of Object.entries(peers)) {
    for (const server of peer.servers) lines.push(`${role} runs ${server.server}: ${server.closes}.`);
  }
  const shares = Object.entries(closedFirst(peers)).filter(([, share]) => share > 0);
  if (shares.length > 0) {
    const byRole = shares.map(([role, share]) => `${role} ${(share * 100).toFixed(1)} %`).join(', ');
    lines.push(`The first FIN came from: ${byRole} (share of TIME_WAIT created).`);
    for (const [role, { timeWait }] of Object.entries(peers)) {
      if (timeWait.recycled + timeWait.overflowed === 0) continue;
      lines.push(
        `${role}: ${timeWait.recycled} of its TIME_WAITs were reused by its own connect() (TWRecycled), ` +
          `${timeWait.overflowed} were skipped because of tcp_max_tw_buckets (TCPTimeWaitOverflow).`,
      );
    }
  } else {
    const resets = Object.values(peers).reduce((sum, peer) => sum + (peer.counters['Tcp.OutRsts'] ?? 0), 0);
    lines.push(`No TIME_WAIT was created anywhere; ${resets} RSTs were sent.`);
  }
  return lines;
}
