import { figure } from '../model/figure.ts';
import {
  defaultPortRange,
  parsePortList,
  parsePortRange,
  portRangeKey,
  reservedPortsKey,
  resolveSysctlKey,
  sysctlFact,
  sysctlIssues,
  whyNotSettable,
} from '../model/sysctls.ts';
import { type ConfSetting, parseSysctlConf } from './sysctl-conf.ts';

/**
 * How a line of a sysctl.conf file is treated. `applied`: it can be set per network namespace. `machine-wide`: it is one
 * value for the whole machine, which the lab never writes. `overridden`: a later line sets the same key. `pattern`: for all
 * keys that match, as in sysctl.d(5); not evaluated.
 */
export type ConfFate =
  | 'applied'
  | 'machine-wide'
  | 'removed'
  | 'missing'
  | 'unknown'
  | 'invalid'
  | 'overridden'
  | 'pattern';

export interface ConfLine {
  /** From 1. */
  line: number;
  /** `net.ipv4.tcp_tw_reuse = 1`; where it is not a setting, the line itself. */
  text: string;
  /** With its whole key; absent: the line is not a setting. */
  setting?: { key: string; value: string };
  fate: ConfFate;
  /**
   * On TIME_WAIT and local ports, if it is applied. `none`: it changes something else. `defeated`: it works against
   * another line, or against itself.
   */
  effect?: 'acts' | 'none' | 'defeated';
  note: string;
}

/** What is known about the machine the file is for. */
export interface ConfPlace {
  /** Keys under /proc/sys/net here; empty: not known. */
  present: ReadonlySet<string>;
  /** Ports with a listener on this machine. */
  listeners: readonly number[];
}

const reuseKey = 'net.ipv4.tcp_tw_reuse';
const timestampsKey = 'net.ipv4.tcp_timestamps';
const bucketsKey = 'net.ipv4.tcp_max_tw_buckets';
const delayKey = 'net.ipv4.tcp_tw_reuse_delay';

/** Default ports of common servers, for a range low enough to include them. */
const usualListeners = [1433, 3000, 3306, 5432, 5672, 6379, 8080, 8443, 9090, 9092, 9200, 11_211, 27_017];

/** TCP_TIMEWAIT_LEN (include/net/tcp.h), s. */
const timeWaitSec = 60;

/** Keys that people expect to affect TIME_WAIT, and what they actually do. */
const elsewhere: Readonly<Record<string, string>> = {
  'net.ipv4.tcp_fin_timeout': 'limits FIN_WAIT2 without an owner; TIME_WAIT always lasts 60 s',
  'net.ipv4.tcp_keepalive_time': 'probes idle open connections that asked for it (SO_KEEPALIVE)',
  'net.ipv4.tcp_keepalive_intvl': 'probes idle open connections that asked for it (SO_KEEPALIVE)',
  'net.ipv4.tcp_keepalive_probes': 'probes idle open connections that asked for it (SO_KEEPALIVE)',
  'net.ipv4.tcp_max_syn_backlog': "bounds a listener's half-open connections",
  'net.core.somaxconn': "bounds a listener's accept queue",
  'net.ipv4.tcp_syncookies': 'protects a listener from SYN floods',
  'net.ipv4.tcp_syn_retries': 'limits how long connect() tries',
  'net.ipv4.tcp_synack_retries': 'limits how long a listener answers a SYN',
};

/** Reviews every line of a sysctl.conf file: whether it is applied, and whether it affects TIME_WAIT or ports. Pure. */
export function reviewConf(text: string, place: ConfPlace): ConfLine[] {
  const { settings, problems, overridden } = parseSysctlConf(text);
  const named = settings.map((setting) => {
    const resolved = resolveSysctlKey(setting.key, place.present);
    return 'key' in resolved ? { ...setting, key: resolved.key } : setting;
  });
  const values = new Map(named.map(({ key, value }) => [key, value]));
  return [
    ...named.map(({ line, key, value, ...rest }) => ({
      line,
      text: textOf({ key, value }),
      setting: { key, value },
      ...reviewed({ line, key, value, ...rest }, values, place),
    })),
    ...overridden.map(({ by, ...setting }) => ({
      line: setting.line,
      text: textOf(setting),
      fate: 'overridden' as const,
      note: `line ${by} sets it again`,
    })),
    ...problems.map(({ line, text: written, message }) => ({
      line,
      text: written,
      fate: 'invalid' as const,
      note: message,
    })),
  ].sort((a, b) => a.line - b.line);
}

type Reviewed = Pick<ConfLine, 'fate' | 'effect' | 'note'>;

function reviewed({ key, value }: ConfSetting, values: ReadonlyMap<string, string>, place: ConfPlace): Reviewed {
  if (/[*?[]/.test(key)) return { fate: 'pattern', note: 'a pattern of sysctl.d(5); not evaluated' };
  const resolved = resolveSysctlKey(key, place.present);
  if ('issue' in resolved) {
    const { message, hint } = resolved.issue;
    return { fate: 'unknown', note: [message, hint].join('; ') };
  }
  const fact = sysctlFact(key);
  if (fact?.removed !== undefined) return { fate: 'removed', note: whyNotSettable(key) };
  if (!key.startsWith('net.') || fact?.scope === 'machine') {
    return { fate: 'machine-wide', note: 'one value for the whole machine; not set in a namespace' };
  }
  const [issue] = sysctlIssues({ [key]: value }, 'value', place.present);
  if (issue !== undefined) {
    return { fate: 'invalid', note: [issue.message, issue.hint].filter((part) => part !== undefined).join('; ') };
  }
  if (place.present.size > 0 && !place.present.has(key)) return { fate: 'missing', note: whyNotSettable(key) };
  return { fate: 'applied', ...effectOf(key, value, values, place) };
}

function effectOf(
  key: string,
  value: string,
  values: ReadonlyMap<string, string>,
  place: ConfPlace,
): Pick<ConfLine, 'effect' | 'note'> {
  const reuses = values.get(reuseKey) === '1';
  const defeated = (note: string) => ({ effect: 'defeated' as const, note });
  const acts = (note: string) => ({ effect: 'acts' as const, note });
  switch (key) {
    case reuseKey:
      if (reuses && values.get(timestampsKey) === '0') return defeated(`no effect: ${timestampsKey} is 0`);
      if (reuses) return acts('connect() reuses a TIME_WAIT of its own that is older than 1 s');
      return acts(value === '2' ? 'reuses TIME_WAITs on loopback only; the default' : 'no TIME_WAIT is reused');
    case delayKey:
      return reuses ? acts('age from which a TIME_WAIT is reused') : defeated(`no effect: ${reuseKey} is not 1`);
    case timestampsKey:
      if (value !== '0') return acts('tcp_tw_reuse needs them on both sides');
      return reuses
        ? defeated(`turns ${reuseKey}=1 off, which needs timestamps on both sides`)
        : acts('harmful: without timestamps no TIME_WAIT can be reused');
    case bucketsKey:
      return bucketEffect(Number(value), values);
    case portRangeKey:
      return rangeEffect(value, values, place);
    case reservedPortsKey:
      return acts('connect() does not take these ports');
    default:
      return { effect: 'none', note: elsewhere[key] ?? 'it controls something else' };
  }
}

function bucketEffect(limit: number, values: ReadonlyMap<string, string>): Pick<ConfLine, 'effect' | 'note'> {
  const range = parsePortRange(values.get(portRangeKey) ?? '') ?? defaultPortRange;
  const perSec = Math.floor(limit / timeWaitSec);
  const note = `above ${perSec} connections a second sockets skip TIME_WAIT (TCPTimeWaitOverflow), and late packets can reach new connections`;
  return limit < range.high - range.low + 1 ? { effect: 'defeated', note } : { effect: 'acts', note };
}

function rangeEffect(
  value: string,
  values: ReadonlyMap<string, string>,
  { listeners }: ConfPlace,
): Pick<ConfLine, 'effect' | 'note'> {
  const { low, high } = parsePortRange(value) ?? defaultPortRange;
  const reserved = parsePortList(values.get(reservedPortsKey) ?? '');
  const isFree = (port: number) => !reserved.some((list) => port >= list.low && port <= list.high);
  const covered = (ports: readonly number[]) => ports.filter((port) => port >= low && port <= high && isFree(port));
  const ports = high - low + 1;
  const own = covered(listeners);
  const usual = low < defaultPortRange.low ? covered(usualListeners) : [];
  const plain = `${figure(ports)} ports: ${figure(Math.floor(ports / timeWaitSec))} connections a second to one destination without reuse`;
  const covers = [
    ...(own.length === 0 ? [] : [`ports on which something listens here (${shown(own)})`]),
    ...(usual.length === 0 ? [] : [`ports that servers often use (${shown(usual)})`]),
  ];
  if (covers.length === 0) return { effect: 'acts', note: plain };
  const risk = `a connect() can take one before its server starts; set ${reservedPortsKey}`;
  return { effect: 'defeated', note: `${plain}; covers ${covers.join(' and ')}: ${risk}` };
}

function shown(ports: readonly number[]): string {
  return ports.slice(0, 6).join(', ') + (ports.length > 6 ? ', …' : '');
}

function textOf({ key, value }: Pick<ConfSetting, 'key' | 'value'>): string {
  return `${key} = ${value}`;
}
