import type { ValidationIssue } from '../model/errors.ts';
import { didYouMean, shortened } from '../model/nearest.ts';
import type { Profile, Scenario } from '../model/scenario.ts';
import { canonicalValue, resolveSysctlKey, sysctlIssues } from '../model/sysctls.ts';

export interface SysctlArguments {
  /** Settings by role, or `all`; full keys, values as the kernel prints them. */
  sysctls: Profile['sysctls'];
  issues: ValidationIssue[];
}

const field = '--sysctl';

/**
 * `KEY=VALUE` for every peer, `ROLE:KEY=VALUE` for one. `present`: keys under /proc/sys/net of this machine, which are
 * accepted in addition to those of the table.
 */
export function readSysctlArguments(
  written: readonly string[],
  scenarios: readonly Scenario[],
  present: ReadonlySet<string>,
): SysctlArguments {
  const issues: ValidationIssue[] = [];
  const sysctls: Record<string, Record<string, string>> = {};
  for (const argument of written) {
    const match = /^(?:([a-z][a-z0-9-]*):)?([^=:]+)=(.*)$/s.exec(argument);
    if (match === null) {
      const hint = 'write --sysctl KEY=VALUE or --sysctl ROLE:KEY=VALUE, with quotes around values with spaces';
      issues.push({ field, message: `'${shortened(argument)}' is not a setting`, hint });
      continue;
    }
    const [, role = 'all', name = '', value = ''] = match;
    const resolved = resolveSysctlKey(name.trim(), present);
    if ('issue' in resolved) {
      issues.push({ field, ...resolved.issue });
      continue;
    }
    const { key } = resolved;
    sysctls[role] ??= {};
    const ofRole = sysctls[role];
    const wanted = canonicalValue(key, value);
    const before = ofRole[key];
    if (before !== undefined && before !== wanted) {
      const message = `${key} is set to both '${before}' and '${wanted}'${role === 'all' ? '' : ` on ${role}`}`;
      issues.push({ field, message, hint: 'omit one of them' });
    }
    ofRole[key] = wanted;
  }
  for (const [role, values] of Object.entries(sysctls)) {
    issues.push(...roleIssues(role, scenarios), ...sysctlIssues(values, field, present));
  }
  return { sysctls, issues };
}

/** A setting for a peer that a scenario does not have would have no effect. */
function roleIssues(role: string, scenarios: readonly Scenario[]): ValidationIssue[] {
  const without = scenarios.filter((scenario) => role !== 'all' && scenario.peers[role] === undefined);
  if (without.length === 0) return [];
  const roles = [...new Set(without.flatMap((scenario) => Object.keys(scenario.peers)))];
  const names = without.map((scenario) => scenario.name);
  const message = `no peer '${shortened(role)}' in ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
  return [{ field, message, hint: didYouMean(role, ['all', ...roles]) }];
}
