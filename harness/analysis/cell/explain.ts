import { countOf } from '../../model/failures.ts';
import { figure, withUnit } from '../../model/figure.ts';
import type { LoadReport, PeerReport } from '../../model/report.ts';

/**
 * Who closed first, by role: its share of all TIME_WAITs created or suppressed by tcp_max_tw_buckets. Empty: there
 * were none, or a kernel does not count them.
 */
export function closedFirst(peers: Readonly<Record<string, PeerReport>>): Record<string, number> {
  const counts = Object.entries(peers).map(
    ([role, { timeWait }]) => [role, (timeWait.created ?? Number.NaN) + (timeWait.overflowed ?? Number.NaN)] as const,
  );
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  return total === 0 || Number.isNaN(total)
    ? {}
    : Object.fromEntries(counts.map(([role, count]) => [role, count / total]));
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
    const perConnection = load.answers / opened;
    lines.push(
      `${figure(load.answers)} answers over ${figure(opened)} connections: ${perConnection.toFixed(1)} per connection.`,
    );
    // A client with one connection per request never reaches a limit above 1.
    const isReused = perConnection > 1.5 || requestLimit === 1;
    if (requestLimit !== null && isReused && load.answers >= requestLimit) {
      const implied = Math.min(opened, Math.floor(load.answers / requestLimit));
      lines.push(
        `${figure(load.answers)} / ${figure(requestLimit)} requests per connection = ${figure(implied)} connections reached ` +
          `the limit; the other ${figure(opened - implied)} of ${figure(opened)} were still below it when the load ended.`,
      );
    }
  }
  lines.push(...lostRaces(load), ...placement(peers));
  for (const [role, peer] of Object.entries(peers)) {
    for (const server of peer.servers) lines.push(`${role} runs ${serverName(server)}: ${server.closes}.`);
  }
  const shares = Object.entries(closedFirst(peers)).filter(([, share]) => share > 0);
  if (shares.length === 0) {
    const resets = Object.values(peers).reduce((sum, peer) => sum + (peer.counters['Tcp.OutRsts'] ?? 0), 0);
    return [...lines, `No TIME_WAIT was created anywhere; ${figure(resets)} RSTs were sent.`];
  }
  const text = shares.map(([role, share]) => `${role} ${(share * 100).toFixed(1)} %`).join(', ');
  lines.push(`The first FIN came from: ${text} (share of TIME_WAIT created).`);
  for (const [role, { timeWait, counters }] of Object.entries(peers)) {
    lines.push(...endsOf(role, timeWait), ...costOf(role, timeWait, counters));
  }
  return lines;
}

/** Requests on used connections that the other side had ended. */
function lostRaces({ failures }: LoadReport): string[] {
  const lost = countOf((failures ?? []).filter(({ phase }) => phase === 'reuse'));
  if (lost === 0) return [];
  return [
    `${figure(lost)} requests were sent on a used connection that the other side had closed: its idle time-out is not longer than the client's.`,
  ];
}

/** A program by its command, an image by its reference. */
export function serverName({ server, program, image }: PeerReport['servers'][number]): string {
  return program?.command ?? image ?? server;
}

/** Which peers ran on which of several machines, and how well their clocks agree; none on a single machine. */
function placement(peers: Readonly<Record<string, PeerReport>>): string[] {
  const byHost = new Map<string, { roles: string[]; facts: string; uncertaintyMs: number }>();
  for (const [role, { host, clock }] of Object.entries(peers)) {
    if (host === undefined) continue;
    const facts = [host.daemon, host.kernel && `Linux ${host.kernel}`, host.cores && `${host.cores} cores`];
    const found = byHost.get(host.name) ?? { roles: [], facts: facts.filter(Boolean).join(', '), uncertaintyMs: 0 };
    found.roles.push(role);
    found.uncertaintyMs = Math.max(found.uncertaintyMs, clock?.uncertaintyMs ?? 0);
    byHost.set(host.name, found);
  }
  return [...byHost].map(
    ([name, { roles, facts, uncertaintyMs }]) =>
      `Host ${name} (${facts}) ran ${roles.join(', ')}; its clock is known to ± ${withUnit(uncertaintyMs, 'ms')}.`,
  );
}

/** Counters that the ledger needs and a peer's kernel does not have: which identities are missing, and why. */
export function uncounted(peers: Readonly<Record<string, PeerReport>>, needed: readonly string[]): string[] {
  return Object.entries(peers).flatMap(([role, { counters }]) => {
    const missing = needed.filter((name) => counters[name] === undefined);
    if (missing.length === 0) return [];
    return [
      `${role}: its kernel has no ${missing.join(', ')}, so that identities with ${missing.length === 1 ? 'it' : 'them'} were not checked.`,
    ];
  });
}

function endsOf(role: string, { recycled, overflowed }: PeerReport['timeWait']): string[] {
  if (recycled === null || overflowed === null || recycled + overflowed === 0) return [];
  return [
    `${role}: ${figure(recycled)} of its TIME_WAITs were reused by its own connect() (TWRecycled), ` +
      `${figure(overflowed)} were skipped because of tcp_max_tw_buckets (TCPTimeWaitOverflow).`,
  ];
}

/** Memory of a TIME_WAIT at the side that accepted the connection, bytes (docs/scenarios/tw-memory.md). */
const serverTimeWaitBytes = 256;

/** Many TIME_WAITs at a server look like a problem but are not: they use no port that a connect() needs. */
function costOf(role: string, { created, peak }: PeerReport['timeWait'], counters: PeerReport['counters']): string[] {
  if (created === null || created < 100 || (counters['Tcp.ActiveOpens'] ?? 0) > created / 10) return [];
  const kilobytes = (peak * serverTimeWaitBytes) / 1000;
  const memory = kilobytes >= 1000 ? `${figure(kilobytes / 1000)} MB` : `${figure(Math.round(kilobytes))} kB`;
  return [`${role}: its TIME_WAITs use no local port, only ${memory} of memory at their peak of ${figure(peak)}.`];
}
