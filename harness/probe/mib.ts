import type { Counters } from '../model/journal.ts';
import { allSampledSeries } from '../model/sampled-series.ts';

/**
 * Parses /proc/net/snmp and /proc/net/netstat: pairs of lines, names then values, each after the same
 * prefix. Returns `Tcp.ActiveOpens`, `TcpExt.TW`, …; values are counts since the namespace was created.
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
      const value = values[column];
      // Missing is not 0, nor is anything that is no number.
      if ((only === undefined || only.has(name)) && value && Number.isFinite(+value)) counters[name] = +value;
    }
  }
  return counters;
}

/** Counters in every sample; a snapshot has all counters. */
export const sampledCounters: ReadonlySet<string> = new Set([
  'Tcp.ActiveOpens',
  'Tcp.PassiveOpens',
  'Tcp.AttemptFails',
  'Tcp.EstabResets',
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
  ...allSampledSeries.flatMap(({ counter }) => counter ?? []),
]);

/**
 * Like parseMib for a fixed set of names, but remembers their positions: parsing the names at every tick would be most of a
 * sample's cost. They stay where they are until a first ICMP message adds the lines of IcmpMsg above those of Tcp
 * (net/ipv4/proc.c icmpmsg_put), so that the names above the values are compared each time.
 */
export class MibReader {
  private readonly names: ReadonlySet<string>;
  /** For each line of values that is read: its index in the file, the names above it, and the columns to read. */
  private wanted: { line: number; header: string; columns: [column: number, name: string][] }[] = [];
  private lineCount = 0;

  constructor(names: ReadonlySet<string>) {
    this.names = names;
  }

  read(text: string): Counters {
    const lines = text.split('\n');
    const isSame =
      lines.length === this.lineCount && this.wanted.every(({ line, header }) => lines[line - 1] === header);
    if (!isSame) this.learn(lines);
    const counters: Counters = {};
    for (const { line, columns } of this.wanted) {
      const values = (lines[line] ?? '').split(' ');
      for (const [column, name] of columns) {
        const value = values[column];
        // Missing is not 0, nor is anything that is no number.
        if (value && Number.isFinite(+value)) counters[name] = +value;
      }
    }
    return counters;
  }

  private learn(lines: readonly string[]): void {
    this.lineCount = lines.length;
    this.wanted = [];
    for (let i = 0; i + 1 < lines.length; i += 2) {
      const header = lines[i] as string;
      const [prefix = '', ...names] = header.split(' ');
      if (!(lines[i + 1] as string).startsWith(`${prefix} `)) continue;
      const columns = names.flatMap((name, index): [number, string][] => {
        const full = `${prefix.slice(0, -1)}.${name}`;
        return this.names.has(full) ? [[index + 1, full]] : [];
      });
      if (columns.length > 0) this.wanted.push({ line: i + 1, header, columns });
    }
  }
}
