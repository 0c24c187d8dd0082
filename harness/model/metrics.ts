import { cellFamilies } from './cell-metrics.ts';
import { formerFailures, unknownFailure } from './failure-names.ts';
import type { Unit } from './figure.ts';
import {
  type CellFamily,
  type MetricFamily,
  type MetricValue,
  type PeerFamily,
  rolesMeant,
} from './metric-families.ts';
import { nearest, shortened } from './nearest.ts';
import { peerFamilies } from './peer-metrics.ts';
import { type CellReport, isMeasured, type MeasuredCell } from './report.ts';

/**
 * The one registry of metrics: gates, expectations, comparisons, tables, exporters and the trend read it.
 * A name is `<role>.<metric>` for a metric of a peer, or a metric of the cell (`load.rate.achieved`).
 *
 * Of several peers of one kind (client1, client2, …) the name `client.x` means the SUM of `x` over them. That
 * holds for peaks too: the sum of the peers' own peaks, which is an upper bound where they did not peak at the
 * same moment.
 */
export type { MetricFamily, MetricKind, MetricValue } from './metric-families.ts';
export { connectionsOf } from './peer-metrics.ts';

export interface Metric {
  name: string;
  family: MetricFamily;
  /** Variable parts of the name, as the family's `match` groups them. */
  groups: readonly string[];
  /** Of a peer's metric. */
  role?: string;
}

type Found = { family: CellFamily; groups: string[] } | { family: PeerFamily; groups: string[]; role: string };

const roleName = /^([a-z][a-z0-9-]{0,14})\.(.+)$/;
const resolved = new Map<string, Found | null>();

function resolve(name: string): Found | null {
  const known = resolved.get(name);
  if (known !== undefined) return known;
  const found = search(name);
  if (resolved.size > 10_000) resolved.clear();
  resolved.set(name, found);
  return found;
}

function search(name: string): Found | null {
  for (const family of cellFamilies) {
    const groups = family.match.exec(name);
    if (groups) return { family, groups: groups.slice(1) };
  }
  const [, role, rest] = roleName.exec(name) ?? [];
  if (role === undefined || rest === undefined) return null;
  for (const family of peerFamilies) {
    const groups = family.match.exec(rest);
    if (groups) return { family, groups: groups.slice(1), role };
  }
  return null;
}

/** The metric of this name, with unit, kind, direction and source; `null`: there is none. */
export function findMetric(name: string): Metric | null {
  const found = resolve(name);
  return found === null ? null : { name, ...found };
}

/**
 * The value of a metric in a cell. `null`: not read there, or the cell has no numbers (skipped, failed).
 * `verdict` is readable in every cell. An unknown name reads as `null`; see `unknownMetric`.
 */
export function readMetric(cell: CellReport, name: string): MetricValue {
  if (name === 'verdict') return cell.verdict;
  if (!isMeasured(cell)) return null;
  const found = resolve(name);
  if (found === null) return null;
  if (!('role' in found)) return found.family.read(cell, found.groups);
  let sum: number | null = null;
  for (const role of rolesMeant(cell.peers, found.role)) {
    const peer = cell.peers[role];
    const value = peer === undefined ? null : found.family.read(peer, found.groups, cell);
    if (value === null) return null;
    sum = (sum ?? 0) + value;
  }
  return sum;
}

/** Like `readMetric`, for metrics that are numbers; flags and texts are `null`. */
export function readNumber(cell: CellReport, name: string): number | null {
  const value = readMetric(cell, name);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** Names of all metrics that this cell has, those that were not read (`null`) left out. */
export function metricsOf(cell: CellReport): string[] {
  if (!isMeasured(cell)) return ['verdict'];
  return everyName(cell).filter((name) => readMetric(cell, name) !== null);
}

function everyName(cell: MeasuredCell): string[] {
  const names = cellFamilies.flatMap((family) => family.names(cell));
  for (const [role, peer] of Object.entries(cell.peers)) {
    for (const family of peerFamilies) for (const rest of family.names(peer)) names.push(`${role}.${rest}`);
  }
  return names;
}

/** Names that documentation and suggestions use without a cell. `roles` are the scenario's. */
export function knownNames(roles: readonly string[] = ['client', 'server']): string[] {
  const spelled = (pattern: string): string[] => {
    if (pattern.includes('<MIB>')) return commonCounters.map((name) => pattern.replace('<MIB>', name));
    if (pattern.includes('<ERRNO>')) return commonErrnos.map((name) => pattern.replace('<ERRNO>', name));
    if (/<(name|thread)>/.test(pattern)) return [];
    const [, prefix = '', alternatives = ''] = /^(.*\.)?([^.]+)$/.exec(pattern) ?? [];
    return alternatives.split('|').map((last) => prefix + last);
  };
  const perRole = peerFamilies.flatMap(({ pattern }) => spelled(pattern));
  const perCell = cellFamilies.flatMap(({ pattern }) => spelled(pattern));
  return [...perCell, ...perRole].flatMap((name) =>
    name.includes('<role>') ? roles.map((role) => name.replace('<role>', role)) : [name],
  );
}

const commonErrnos = ['EADDRNOTAVAIL', 'EADDRINUSE', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EMFILE'];
const commonCounters = [
  'Tcp.ActiveOpens',
  'Tcp.PassiveOpens',
  'Tcp.AttemptFails',
  'Tcp.EstabResets',
  'Tcp.OutRsts',
  'Tcp.RetransSegs',
  'TcpExt.TW',
  'TcpExt.TWRecycled',
  'TcpExt.TWKilled',
  'TcpExt.TCPTimeWaitOverflow',
  'TcpExt.ListenOverflows',
  'TcpExt.ListenDrops',
];

export interface UnknownMetric {
  message: string;
  hint: string;
}

/**
 * What is wrong with a metric's name, with the nearest names; `null`: it is a metric. With `roles` (peers and their
 * kinds), a name that begins with any other is wrong too: a gate on a mistyped name must never hold by accident.
 */
export function unknownMetric(name: string, roles?: readonly string[]): UnknownMetric | null {
  const found = resolve(name);
  const errno = /^load\.failures\.(.+)$/.exec(name)?.[1];
  const real = errno === undefined ? null : unknownFailure(errno);
  if (real !== null) {
    const message = `no failure is named \`${shortened(errno ?? '')}\``;
    const meant = formerFailures.includes(errno ?? '') ? ['load.notStarted'] : real.map((e) => `load.failures.${e}`);
    return { message, hint: didYouMean(meant) };
  }
  if (found === null) {
    const message = `unknown metric \`${shortened(name)}\``;
    return { message, hint: didYouMean(nearest(name, knownNames(roles))) };
  }
  const named = ['role' in found ? found.role : undefined, otherRole.exec(name)?.[1]];
  const role = named.find((one) => one !== undefined && roles !== undefined && !roles.includes(one));
  if (roles === undefined || role === undefined) return null;
  const close = nearest(role, roles);
  const replaced = (close.length > 0 ? close : [...roles]).map((r) =>
    name.replace(new RegExp(`\\b${role}(?![\\w-])`), r),
  );
  return { message: `no peer has the role \`${role}\` (roles: ${roles.join(', ')})`, hint: didYouMean(replaced) };
}

/** A role within a name: of those that closed first, or the other end of a hop. */
const otherRole = /^(?:closedFirst|[a-z0-9-]+\.hops\.(?:to|from))\.([a-z][a-z0-9-]*)/;

function didYouMean(names: readonly string[]): string {
  if (names.length === 0) return 'docs/report.md lists all metrics';
  return `did you mean ${names.map((name) => `\`${name}\``).join(' or ')}?`;
}

/** Unit of a metric, `''` for an unknown one. */
export function unitOf(name: string): Unit {
  return resolve(name)?.family.unit ?? '';
}

/** Every family, for callers that need all of them: comparison, table, documentation. */
export const metricFamilies: readonly (CellFamily | PeerFamily)[] = [...cellFamilies, ...peerFamilies];

/** First parts of a peer metric's name after the role; `open` ones are followed by names that a program chose. */
export function peerGroups(): { plain: string[]; open: string[] } {
  const groups = (isOpen: boolean) => [
    ...new Set(peerFamilies.filter((family) => family.isOpen === isOpen).map(({ group }) => group)),
  ];
  return { plain: groups(false), open: groups(true) };
}
