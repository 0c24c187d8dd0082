import type { MeasuredCell, PeerReport } from '../../model/report.ts';
import { defaultPortRange, parsePortRange, portRangeKey } from '../../model/sysctls.ts';
import { isLoopbackAddress } from '../../model/tw-reuse.ts';
import { defeatersOfReuse } from '../cell/defeated-reuse.ts';
import { medianOf } from '../compare/group-figures.ts';

/** A setting that differs between two profiles, at the roles where it does. Values at real size. */
export interface SettingChange {
  key: string;
  /** `null`: not read there. */
  from: string | null;
  to: string | null;
  roles: string[];
}

export const reuseKey = 'net.ipv4.tcp_tw_reuse';
const reuseDelayKey = 'net.ipv4.tcp_tw_reuse_delay';
const timestampsKey = 'net.ipv4.tcp_timestamps';
const bucketsKey = 'net.ipv4.tcp_max_tw_buckets';

/**
 * Settings often changed because of TIME_WAIT that affect something else (docs/kernel.md; the scenario half-measures
 * shows it).
 */
const aboutOtherThings = /^net\.ipv4\.(tcp_fin_timeout|tcp_syncookies|tcp_orphan_retries)$|^net\.(netfilter|core)\./;

/** Keys that act on connect() alone. */
const actsOnConnect = [portRangeKey, 'net.ipv4.ip_local_reserved_ports', reuseKey, reuseDelayKey];

/** Every setting that one of the two requested and that took effect with another value in the other. */
export function settingChanges(before: MeasuredCell, after: MeasuredCell): SettingChange[] {
  const changes = new Map<string, SettingChange>();
  for (const [role, peer] of Object.entries(after.peers)) {
    const was = before.peers[role];
    const keys = new Set([...requestedKeys(peer), ...(was === undefined ? [] : requestedKeys(was))]);
    for (const key of keys) {
      const [from, to] = [realValue(was, key), realValue(peer, key)];
      if (from === to) continue;
      const id = JSON.stringify([key, from, to]);
      const known = changes.get(id) ?? { key, from, to, roles: [] };
      known.roles.push(role);
      changes.set(id, known);
    }
  }
  return [...changes.values()];
}

function requestedKeys({ sysctls }: PeerReport): string[] {
  return Object.keys(sysctls.requested);
}

/** Never the range that the quick form scaled: applied to a real host it would cause the outage. */
function realValue(peer: PeerReport | undefined, key: string): string | null {
  const value = peer?.sysctls.unscaled?.[key] ?? peer?.sysctls.effective[key] ?? null;
  return value === null ? null : value.trim().replace(/\s+/g, ' ');
}

/** Of these changes, those that can have had an effect in the cells, at the roles where they can. */
export function effectiveChanges(changes: readonly SettingChange[], after: readonly MeasuredCell[]): SettingChange[] {
  return changes.flatMap((change) => {
    const roles = change.roles.filter((role) => canAct(change, role, after));
    return roles.length === 0 ? [] : [{ ...change, roles }];
  });
}

function canAct({ key, from, to }: SettingChange, role: string, after: readonly MeasuredCell[]): boolean {
  if (aboutOtherThings.test(key)) return false;
  if (actsOnConnect.includes(key) && (medianOf(after, `${role}.counters.Tcp.ActiveOpens`) ?? 0) === 0) return false;
  // Off and loopback-only are the same between two hosts.
  if (key === reuseKey && from !== '1' && to !== '1' && !opensOverLoopback(role, after)) return false;
  if ((key === reuseKey && to !== '0') || key === reuseDelayKey) {
    return (medianOf(after, `${role}.timeWait.recycled`) ?? 0) > 0;
  }
  if (key === bucketsKey) return (medianOf(after, `${role}.timeWait.created`) ?? 0) > 0;
  return true;
}

/** Whether every connection that a role opened went to a loopback address. */
function opensOverLoopback(role: string, cells: readonly MeasuredCell[]): boolean {
  return cells.every(({ peers }) => {
    const opened = (peers[role]?.hops ?? []).filter(({ way }) => way === 'opened');
    return opened.length > 0 && opened.every(({ address }) => isLoopbackAddress(address));
  });
}

/** Whether this change may be recommended for a real host at all, whatever it did here. */
export function isAdvisable({ key, from, to }: SettingChange): boolean {
  if (to === null) return false;
  // Between two hosts 2 has no effect, and no change to it is effective.
  if (key === reuseKey) return to === '1' || to === '2';
  if (key === timestampsKey) return to !== '0';
  if (key === bucketsKey) return from !== null && Number(to) > Number(from);
  if (key !== portRangeKey) return true;
  const [was, is] = [portsIn(from ?? ''), portsIn(to)];
  const usual = defaultPortRange.high - defaultPortRange.low + 1;
  return is !== null && is >= Math.max(usual, was ?? 0);
}

function portsIn(range: string): number | null {
  const parsed = parsePortRange(range);
  return parsed === null ? null : parsed.high - parsed.low + 1;
}

/** role → key → value, as a recommendation carries them. */
export function settingsOf(changes: readonly SettingChange[]): Record<string, Record<string, string>> {
  const settings: Record<string, Record<string, string>> = {};
  for (const { key, to, roles } of changes) {
    for (const role of roles) settings[role] = { ...settings[role], [key]: to ?? '' };
  }
  return settings;
}

/** `net.ipv4.tcp_tw_reuse=1 and … on client`. */
export function settingsText(changes: readonly SettingChange[]): string {
  const settings = [...new Set(changes.map(({ key, to }) => `${key}=${to}`))].join(' and ');
  return `${settings} on ${[...new Set(changes.flatMap(({ roles }) => roles))].join(', ')}`;
}

/** Peers whose tcp_timestamps=0 turns reuse off at these roles. */
export function timestampsOff(cell: MeasuredCell, roles: readonly string[]): string[] {
  const accepting = Object.keys(cell.peers).filter((role) => (cell.peers[role]?.counters['Tcp.PassiveOpens'] ?? 0) > 0);
  const found = roles.flatMap((role) => {
    const opened = (cell.peers[role]?.hops ?? [])
      .filter((hop) => hop.way === 'opened')
      .flatMap((hop) => hop.role ?? []);
    const otherEnds = opened.length > 0 ? opened : accepting.filter((other) => other !== role);
    return defeatersOfReuse(role, [...new Set(otherEnds)], cell.peers);
  });
  return [...new Set(found)];
}
