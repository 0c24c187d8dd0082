import type { ValidationIssue } from './errors.ts';
import { editDistance, shortened } from './nearest.ts';
import type { SysctlFact } from './sysctl-forms.ts';
import { dottedKey, sysctlKeyPattern } from './sysctl-key.ts';
import { sysctlTable } from './sysctl-table.ts';
import { defaultPortRange, parsePortRange, valueIssue } from './sysctl-values.ts';
import type { Sysctls } from './vocabulary.ts';

export { canonicalValue, defaultPortRange, type PortRange, parsePortList, parsePortRange } from './sysctl-values.ts';

export const portRangeKey = 'net.ipv4.ip_local_port_range';
export const reservedPortsKey = 'net.ipv4.ip_local_reserved_ports';
export const unprivilegedStartKey = 'net.ipv4.ip_unprivileged_port_start';

type Issue = Omit<ValidationIssue, 'field'>;

const none: ReadonlySet<string> = new Set();

/** `net.ipv4.conf.eth0.rp_filter` → `net.ipv4.conf.*.rp_filter`, as the table has it. */
function template(key: string): string {
  return key.replace(/^(net\.ipv[46]\.(?:conf|neigh))\.([^.]+)\./, '$1.*.');
}

/** What is known of a key; `undefined`: it is not in the table. */
export function sysctlFact(key: string): SysctlFact | undefined {
  return sysctlTable.get(template(key));
}

/** Other parts of /proc/sys; none belongs to a network namespace. */
const otherTrees = /^(abi|crypto|debug|dev|fs|kernel|sunrpc|user|vm|xen)\./;

/**
 * The whole key for what was written: `tcp_tw_reuse`, `net/ipv4/tcp_tw_reuse` (sysctl(8): where the first separator is
 * a slash, a dot belongs to a name) and `/proc/sys/…` are understood. `present`: keys under /proc/sys/net here.
 */
export function resolveSysctlKey(written: string, present: ReadonlySet<string>): { key: string } | { issue: Issue } {
  const key = dottedKey(written);
  if (isKnown(key, present) || otherTrees.test(key)) return { key };
  const ends = [...candidates(key, present)].filter((known) => known.endsWith(`.${key}`));
  if (ends.length === 1) return { key: ends[0] as string };
  if (ends.length === 0) return { issue: unknownKey(key, present) };
  return {
    issue: { message: `'${key}' is ambiguous: ${ends.length} keys end with it`, hint: `write ${ends.join(' or ')}` },
  };
}

function isKnown(key: string, present: ReadonlySet<string>): boolean {
  return present.has(key) || sysctlFact(key) !== undefined || /^net\.netfilter\.nf_log\.\d+$/.test(key);
}

/** Every key that could be meant; those of an interface with the interface that was written. */
function candidates(key: string, present: ReadonlySet<string>): Set<string> {
  const [, name = 'all'] = /(?:conf|neigh)\.([^.]+)\./.exec(key) ?? [];
  return new Set([...[...sysctlTable.keys()].map((known) => known.replace('*', name)), ...present]);
}

function unknownKey(key: string, present: ReadonlySet<string>): Issue {
  const near = nearestKeys(key, present);
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'for example net.ipv4.tcp_tw_reuse=1';
  return { message: `no Linux kernel has a setting '${shortened(key)}'`, hint };
}

/** The keys whose last part is closest, at most a third of it away: all keys share their first parts. */
function nearestKeys(key: string, present: ReadonlySet<string>): string[] {
  const last = (name: string) => name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  const word = last(key);
  if (word.length > 100) return [];
  const scored = [...candidates(key, present)].map((name) => ({ name, distance: editDistance(word, last(name)) }));
  const best = Math.min(...scored.map((one) => one.distance));
  if (best > Math.max(1, word.length / 3)) return [];
  const close = scored.filter((one) => one.distance === best).map((one) => one.name);
  // `conf` and `neigh` of two families have the same last part: the one with the same first part is meant.
  const start = (name: string) => editDistance(name.toLowerCase(), key.toLowerCase().slice(0, 200));
  const nearestStart = Math.min(...close.map(start));
  return close.filter((name) => start(name) === nearestStart).slice(0, 3);
}

/** Every issue in a set of sysctls, before anything is written. `field` names where they came from. */
export function sysctlIssues(sysctls: Sysctls, field: string, present: ReadonlySet<string> = none): ValidationIssue[] {
  const each = Object.entries(sysctls).flatMap(([key, value]) => {
    const issue = keyIssue(key, present) ?? valueIssue(key, value, sysctlFact(key)?.form);
    return issue === null ? [] : [{ field: `${field}.${shortened(key)}`, ...issue }];
  });
  return each.length > 0 ? each : rangeStartIssues(sysctls, field);
}

function keyIssue(key: string, present: ReadonlySet<string>): Issue | null {
  const fact = sysctlFact(key);
  if (fact?.scope === 'machine' || otherTrees.test(key)) {
    return {
      message: `${key} belongs to the whole machine, not to a network namespace; the lab never changes it`,
      hint: 'only keys under net.* that exist inside a fresh network namespace can be set',
    };
  }
  if (fact?.scope === 'read-only') {
    return { message: `${key} is read-only, even inside a network namespace`, hint: 'leave it out' };
  }
  // A key that the journal schema rejects would make the finished run unreadable.
  return isKnown(key, present) && sysctlKeyPattern.test(key) ? null : unknownKey(key, present);
}

/** A range must begin at or above the first unprivileged port (net/ipv4/sysctl_net_ipv4.c ipv4_local_port_range). */
function rangeStartIssues(sysctls: Sysctls, field: string): ValidationIssue[] {
  const range = parsePortRange(sysctls[portRangeKey] ?? '') ?? defaultPortRange;
  const start = Number(sysctls[unprivilegedStartKey] ?? 1024);
  if (start <= range.low) return [];
  if (sysctls[portRangeKey] === undefined) {
    const message = `${unprivilegedStartKey}=${start} is above the low end of the port range, ${range.low}`;
    return [{ field: `${field}.${unprivilegedStartKey}`, message, hint: `also set ${portRangeKey}` }];
  }
  const message = `the kernel rejects a port range that begins below ${start}, the first unprivileged port`;
  const hint = `start at ${start}, or also set ${unprivilegedStartKey}=${range.low}`;
  return [{ field: `${field}.${portRangeKey}`, message, hint }];
}

/** Why a valid key cannot be set on this kernel, as the reason of the skipped cell. */
export function whyNotSettable(key: string): string {
  const fact = sysctlFact(key);
  const note = fact?.note === undefined ? '' : `; ${fact.note}`;
  if (fact?.removed !== undefined) return `${key} was removed in Linux ${fact.removed}${note}`;
  if (fact?.since !== undefined) {
    return `${key} can be set per network namespace since Linux ${fact.since}; this kernel does not have it`;
  }
  return `this kernel has no ${key} that can be set per network namespace${note}`;
}
