/**
 * TCP sockets of this namespace, from /proc/net/sockstat. `tw`: TIME_WAIT plus the orphaned FIN_WAIT2 that the kernel
 * also keeps as timewait sockets. `inUse`: full sockets, including LISTEN. Counts.
 * (`orphan`, `alloc` and `mem` of that file are machine-wide and therefore not read.)
 * Throws when the line is missing: an unread value must not become 0. Source: net/ipv4/proc.c sockstat_seq_show.
 */
export function parseSockstat(text: string): { inUse: number; tw: number } {
  const match = /^TCP: inuse (\d+) orphan \d+ tw (\d+) /m.exec(text);
  if (match === null) throw new Error('/proc/net/sockstat has no TCP line in the expected format');
  return { inUse: Number(match[1]), tw: Number(match[2]) };
}

/**
 * Full TCP sockets over IPv6 of this namespace, from /proc/net/sockstat6. Source: net/ipv6/proc.c sockstat6_seq_show.
 */
export function parseTcp6InUse(text: string): number {
  const match = /^TCP6: inuse (\d+)/m.exec(text);
  if (match === null) throw new Error('/proc/net/sockstat6 has no TCP6 line in the expected format');
  return Number(match[1]);
}
