import { duration } from '../../model/figure.ts';
import { parsePortRange, portRangeKey } from '../../model/sysctls.ts';
import { searchCallUs } from '../cell/budget.ts';
import { reuseKey, type SettingChange } from './settings-change.ts';

/** What these changes need, and what they may break, one short sentence each (docs/kernel.md). */
export function costsOf(changes: readonly SettingChange[]): string[] {
  return [...new Set(changes.flatMap(costOf))];
}

function costOf({ key, from, to }: SettingChange): string[] {
  if (key === reuseKey && to !== '0') return ['both ends need timestamps'];
  const [was, is] = [parsePortRange(from ?? ''), parsePortRange(to ?? '')];
  if (key !== portRangeKey || was === null || is === null) return [];
  const isWider = is.low < was.low || is.high > was.high;
  if (!isWider) return [];
  const slow = searchCallUs(is.high - is.low + 1);
  return [`past half connect() takes about ${duration(slow / 1000)}`, 'put service ports in ip_local_reserved_ports'];
}
