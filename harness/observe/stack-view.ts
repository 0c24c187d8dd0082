import { existsSync, readFileSync } from 'node:fs';
import type { QuickLook, SocketLook } from '../model/socket-look.ts';
import { sysctlKeyOf, sysctlPath } from '../model/sysctl-key.ts';
import { defaultPortRange, parsePortRange, portRangeKey, reservedPortsKey } from '../model/sysctls.ts';
import { monotonicMs } from '../probe/clock.ts';
import { MibReader } from '../probe/mib.ts';
import { ProcFile } from '../probe/proc-file.ts';
import { parseSockstat, parseTcp6InUse } from '../probe/sockstat.ts';
import { outputOf } from './read-only-command.ts';
import { SocketTable } from './socket-table.ts';
import type { Target } from './target.ts';

/** Settings that an observation reports. */
const keys = [
  portRangeKey,
  reservedPortsKey,
  'net.ipv4.ip_local_port_step_width',
  'net.ipv4.tcp_tw_reuse',
  'net.ipv4.tcp_tw_reuse_delay',
  'net.ipv4.tcp_timestamps',
  'net.ipv4.tcp_max_tw_buckets',
  'net.ipv4.tcp_fin_timeout',
  'net.core.somaxconn',
  'net.netfilter.nf_conntrack_tcp_timeout_time_wait',
  'net.netfilter.nf_conntrack_max',
  'net.netfilter.nf_conntrack_count',
] as const;

/** Entries of some 250 bytes each, read at once: this many take 25 MB and the kernel a walk over its table. */
const mostConntrack = 100_000;

export type ObservedSettings = Record<(typeof keys)[number], string | null>;

const counterNames = new Set([
  'Tcp.ActiveOpens',
  'Tcp.PassiveOpens',
  'Tcp.AttemptFails',
  'Tcp.OutRsts',
  'TcpExt.TW',
  'TcpExt.TWKilled',
  'TcpExt.TWRecycled',
  'TcpExt.TCPTimeWaitOverflow',
  'TcpExt.TCPAbortOnData',
  'TcpExt.TCPAbortOnClose',
  'TcpExt.TCPSynRetrans',
  'TcpExt.ListenOverflows',
]);

/** Reads one network namespace and changes nothing: files of /proc/PID/net, and /proc/sys from inside it. */
export class StackView {
  private readonly target: Target;
  private readonly snmp: ProcFile;
  private readonly netstat: ProcFile;
  private readonly sockstat: ProcFile;
  private readonly sockstat6: ProcFile | null;
  private readonly table: SocketTable;
  private readonly snmpReader = new MibReader(counterNames);
  private readonly netstatReader = new MibReader(counterNames);

  /** Everything is opened here, so that the observed process may end. Errors: those of open(2). */
  constructor(target: Target) {
    this.target = target;
    const folder = `/proc/${target.pid}/net`;
    this.table = new SocketTable(folder, target.enter.length === 0 ? null : `/proc/${target.pid}/ns/net`);
    this.snmp = new ProcFile(`${folder}/snmp`);
    this.netstat = new ProcFile(`${folder}/netstat`);
    this.sockstat = new ProcFile(`${folder}/sockstat`);
    this.sockstat6 = existsSync(`${folder}/sockstat6`) ? new ProcFile(`${folder}/sockstat6`) : null;
    this.quick();
  }

  quick(): QuickLook {
    const { tw, inUse } = parseSockstat(this.sockstat.read());
    const inUse6 = this.sockstat6 === null ? 0 : parseTcp6InUse(this.sockstat6.read());
    return {
      t: monotonicMs(),
      counters: { ...this.snmpReader.read(this.snmp.read()), ...this.netstatReader.read(this.netstat.read()) },
      tw,
      inUse: inUse + inUse6,
      inUse6,
    };
  }

  look(settings: ObservedSettings, { tw, inUse, inUse6 }: QuickLook): Promise<SocketLook> {
    return this.table.look(parsePortRange(settings[portRangeKey] ?? '') ?? defaultPortRange, {
      expected: tw + inUse,
      timeWaits: tw,
      inUse6,
    });
  }

  /** `null` values: the kernel lacks the key. `isReadable` false: the namespace could not be entered. */
  async settings(): Promise<{ settings: ObservedSettings; isReadable: boolean }> {
    const { enter } = this.target;
    if (enter.length === 0) return { settings: settingsFrom(readHere()), isReadable: true };
    for (const prefix of enter) {
      // grep -s: a key that this kernel lacks is no error; -H prints which file a line is from.
      const text = await outputOf([...prefix, 'grep', '-sH', '', ...keys.map(sysctlPath)]);
      if (text === null) continue;
      const values = new Map(text.split('\n').map((line) => valueOfLine(line)));
      return { settings: settingsFrom(values), isReadable: true };
    }
    return { settings: settingsFrom(new Map()), isReadable: false };
  }

  /** TIME_WAIT entries of conntrack; `null`: the kernel does not list them in /proc, or there are too many to read them. */
  conntrackTimeWait(settings: ObservedSettings): number | null {
    const count = settings['net.netfilter.nf_conntrack_count'];
    if (count === null || Number(count) > mostConntrack) return null;
    try {
      const text = readFileSync(`/proc/${this.target.pid}/net/nf_conntrack`, 'latin1');
      return text.match(/ TIME_WAIT /g)?.length ?? 0;
    } catch {
      return null;
    }
  }
}

function valueOfLine(line: string): [string, string] {
  const at = line.indexOf(':');
  return [sysctlKeyOf(line.slice('/proc/sys/'.length, at)), fold(line.slice(at + 1))];
}

function readHere(): Map<string, string> {
  const values = new Map<string, string>();
  for (const key of keys) {
    try {
      values.set(key, fold(readFileSync(sysctlPath(key), 'utf8')));
    } catch {
      // This kernel lacks it, or this user may not read it.
    }
  }
  return values;
}

function settingsFrom(values: ReadonlyMap<string, string>): ObservedSettings {
  return Object.fromEntries(keys.map((key) => [key, values.get(key) ?? null])) as ObservedSettings;
}

function fold(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}
