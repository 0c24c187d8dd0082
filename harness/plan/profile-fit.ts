import type { Profile, Scenario } from '../model/scenario.ts';

/** Whether a profile sets anything on a peer of the scenario; one without settings, the kernel's defaults, fits all. */
export function fitsScenario({ sysctls }: Profile, { peers }: Scenario): boolean {
  const roles = Object.keys(sysctls).filter((role) => Object.keys(sysctls[role as 'all'] ?? {}).length > 0);
  return roles.length === 0 || roles.some((role) => role === 'all' || peers[role] !== undefined);
}
