import type { Counters } from '../model/journal.ts';

/**
 * Parses /proc/net/snmp and /proc/net/netstat: pairs of lines, names then values, each behind the same
 * prefix. Returns `Tcp.ActiveOpens`, `TcpExt.TW`, …; values are counts since the namespace began.
 * Source: net/ipv4/proc.c.
 */
export function parseMib(text: string, only?: ReadonlySet<string>): Counters {
  const counters: Counters = {};
  const lines = text.split('\n');
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const names = (lines[i] as string).split(' ');
    const values = (lines[i + 1] as string).split(' ');
    const prefix = names[0]?.slice(0, -1);
    if (prefix === undefined || names[0] !== values[0]) continue;
    for (let column = 1; column < names.length; column++) {
      const name = `${prefix}.${names[column]}`;
      if (only === undefined || only.has(name)) counters[name] = Number(values[column]);
    }
  }
  return counters;
}

/** Counters that every sample carries; a snapshot carries all. */
export const sampledCounters: ReadonlySet<string> = new Set([
  'Tcp.ActiveOpens',
  'Tcp.PassiveOpens',
  'Tcp.AttemptFails',
  'Tcp.EstabResets',
  'Tcp.CurrEstab',
  'Tcp.RetransSegs',
  'Tcp.OutRsts',
  'TcpExt.TW',
  'TcpExt.TWKilled',
  'TcpExt.TWRecycled',
  'TcpExt.TCPTimeWaitOverflow',
  'TcpExt.ListenOverflows',
  'TcpExt.ListenDrops',
  'TcpExt.TCPAbortOnData',
  'TcpExt.TCPAbortOnClose',
]);
