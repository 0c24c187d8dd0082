import { HarnessError, type ValidationIssue } from './errors.ts';
import type { Sysctls } from './vocabulary.ts';

/**
 * Keys that belong to the whole machine: writing them from any namespace would change the host, or is not
 * possible. Refused by name. Source: net/ipv4/sysctl_net_ipv4.c and net/core/sysctl_net_core.c, the tables
 * that are registered for init_net alone.
 */
const machineWide: ReadonlySet<string> = new Set([
  'net.ipv4.tcp_max_orphans',
  'net.ipv4.tcp_mem',
  'net.ipv4.udp_mem',
  'net.ipv4.inet_peer_threshold',
  'net.ipv4.inet_peer_minttl',
  'net.ipv4.inet_peer_maxttl',
  'net.ipv4.tcp_available_congestion_control',
  'net.ipv4.tcp_allowed_congestion_control',
  'net.ipv4.tcp_low_latency',
  'net.ipv4.route.max_size',
  'net.core.netdev_max_backlog',
  'net.core.netdev_budget',
  'net.core.rmem_max',
  'net.core.wmem_max',
  'net.core.rmem_default',
  'net.core.wmem_default',
  'net.core.optmem_max',
  'net.core.busy_poll',
  'net.core.busy_read',
  'net.core.bpf_jit_enable',
  'net.netfilter.nf_conntrack_max',
  'net.netfilter.nf_conntrack_buckets',
  'net.nf_conntrack_max',
]);

/** `net.…` key, dots as separators and a slash for a dot in an interface's name, as sysctl(8) prints it. */
export const sysctlKeyPattern = /^net\.[a-z0-9_]+(\.[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*)+$/;

export const portRangeKey = 'net.ipv4.ip_local_port_range';
export const reservedPortsKey = 'net.ipv4.ip_local_reserved_ports';

/** Kernel default of ip_local_port_range; both ends count: 28,232 ports. */
export const defaultPortRange = { low: 32768, high: 60999 };

/** Integer settings with their bounds (Documentation/networking/ip-sysctl.rst). */
const bounds: Readonly<Record<string, readonly [number, number]>> = {
  'net.ipv4.tcp_tw_reuse': [0, 2],
  'net.ipv4.tcp_tw_reuse_delay': [1, 60_000],
  'net.ipv4.tcp_max_tw_buckets': [0, 2 ** 31 - 1],
  'net.ipv4.tcp_timestamps': [0, 2],
  'net.ipv4.tcp_fin_timeout': [0, 2 ** 31 - 1],
  'net.ipv4.tcp_rfc1337': [0, 1],
  'net.ipv4.tcp_syncookies': [0, 2],
  'net.core.somaxconn': [0, 2 ** 31 - 1],
};

export interface PortRange {
  low: number;
  high: number;
}

/** `32768 60999` → both ends; `null` where it is not two numbers. */
export function parsePortRange(value: string): PortRange | null {
  const match = /^(\d+)[\s,-]+(\d+)$/.exec(value.trim());
  return match ? { low: Number(match[1]), high: Number(match[2]) } : null;
}

/** `8080,9000-9100` → list of ranges. Source: kernel/sysctl.c proc_do_large_bitmap. */
export function parsePortList(value: string): PortRange[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [low, high] = part.split('-').map(Number);
      return { low: low as number, high: high ?? (low as number) };
    });
}

/** A value as the lab stores and compares it: trimmed, each run of white space one space. */
export function foldWhiteSpace(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}

/**
 * File of a key under /proc/sys. As in sysctl(8), the first separator of the key is the one that separates: with
 * dots, a dot in an interface's name is written as a slash (net.ipv4.conf.eth0/1.rp_filter); with slashes, the key is
 * the path. Errors: NOT_A_SYSCTL_KEY for a key that would name a file elsewhere.
 */
export function sysctlPath(key: string): string {
  const path = /[./]/.exec(key)?.[0] === '/' ? key : swapSeparators(key);
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw new HarnessError('NOT_A_SYSCTL_KEY', `'${key}' is not a sysctl key`);
  }
  return `/proc/sys/${path}`;
}

/** The key whose file this is, with dots; `path` is relative to /proc/sys. */
export function sysctlKeyOf(path: string): string {
  return swapSeparators(path);
}

function swapSeparators(text: string): string {
  return text.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
}

/** Every issue to a set of sysctls, before anything is written. `field` names where they came from. */
export function sysctlIssues(sysctls: Sysctls, field: string): ValidationIssue[] {
  return Object.entries(sysctls).flatMap(([key, value]) => {
    const issue = issueOf(key, value);
    return issue === null ? [] : [{ field: `${field}.${key}`, ...issue }];
  });
}

function issueOf(key: string, value: string): Omit<ValidationIssue, 'field'> | null {
  if (!key.startsWith('net.') || machineWide.has(key)) {
    return {
      message: `${key} belongs to the whole machine, not to a network namespace; the lab never changes it`,
      hint: 'only keys under net.* that exist inside a fresh network namespace can be set',
    };
  }
  if (!sysctlKeyPattern.test(key)) {
    return { message: `'${key}' is not a sysctl key`, hint: 'for example net.ipv4.tcp_tw_reuse' };
  }
  if (key === portRangeKey) return rangeIssue(value);
  const bound = bounds[key];
  if (bound !== undefined && !(/^-?\d+$/.test(value) && Number(value) >= bound[0] && Number(value) <= bound[1])) {
    return { message: `'${value}' is not a value of ${key}`, hint: `a whole number from ${bound[0]} to ${bound[1]}` };
  }
  return value.trim() === '' ? { message: `${key} has no value`, hint: 'write KEY=VALUE' } : null;
}

function rangeIssue(value: string): Omit<ValidationIssue, 'field'> | null {
  const range = parsePortRange(value);
  if (range === null) return { message: `'${value}' is not a port range`, hint: "two ports, such as '1024 65535'" };
  if (range.low > range.high) {
    return { message: `the port range ${value} is turned round`, hint: `write '${range.high} ${range.low}'` };
  }
  if (range.low < 1 || range.high > 65535) {
    return { message: `the port range ${value} leaves 1 to 65535`, hint: "for example '1024 65535'" };
  }
  return null;
}
