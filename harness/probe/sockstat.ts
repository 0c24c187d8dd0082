/**
 * TCP sockets of this namespace now, from /proc/net/sockstat. `tw`: TIME_WAIT, with the orphaned FIN_WAIT2
 * that the kernel keeps in the same small form. `inUse`: full sockets, LISTEN included. Counts.
 * (`orphan`, `alloc` and `mem` of that file are machine-wide and therefore not read.)
 * Throws when the line is missing: an unread value must not become 0. Source: net/ipv4/proc.c sockstat_seq_show.
 */
export function parseSockstat(text: string): { inUse: number; tw: number } {
  const match = /^TCP: inuse (\d+) orphan \d+ tw (\d+) /m.exec(text);
  if (match === null) throw new Error('/proc/net/sockstat has no TCP line of the known form');
  return { inUse: Number(match[1]), tw: Number(match[2]) };
}
