import { parsePortRange, portRangeKey } from '../../model/sysctls.ts';
import { reuseKey, type SettingChange } from './settings-change.ts';

/** What these changes need, and what they may break, one short sentence each (docs/kernel.md). */
export function costsOf(changes: readonly SettingChange[]): string[] {
  return [...new Set(changes.flatMap(costOf))];
}

function costOf({ key, from, to }: SettingChange): string[] {
  if (key === reuseKey && to !== '0') return ['needs TCP timestamps'];
  const [was, is] = [parsePortRange(from ?? ''), parsePortRange(to ?? '')];
  if (key !== portRangeKey || was === null || is === null) return [];
  const isWider = is.low < was.low || is.high > was.high;
  return isWider ? ['reserve the ports of services in it'] : [];
}
