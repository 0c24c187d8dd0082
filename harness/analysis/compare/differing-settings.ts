import { isMeasured, type MeasuredCell, type PeerReport } from '../../model/report.ts';
import { type CellGroup, scenarioTitle } from './group-cells.ts';

/** What was requested and what was read back; `null`: nothing, or not read. */
export interface SettingReading {
  requested: string | null;
  effective: string | null;
}

/** A sysctl that two runs differ in at one role. */
export interface DifferingSetting {
  role: string;
  key: string;
  base: SettingReading;
  value: SettingReading;
  /** Pairs of cells with this difference, such as `short-conn tw-reuse-1`; empty: all that were compared. */
  pairs: string[];
}

/**
 * Every setting that differs between paired cells, requested or not. The same difference in several pairs is listed
 * once.
 */
export function differingSettings(pairs: readonly (readonly [CellGroup, CellGroup])[]): DifferingSetting[] {
  const found = new Map<string, DifferingSetting>();
  let compared = 0;
  for (const [base, value] of pairs) {
    const [a, b] = [firstMeasured(base), firstMeasured(value)];
    if (a === undefined || b === undefined) continue;
    compared++;
    for (const one of between(a, b)) {
      const id = JSON.stringify(one);
      const known = found.get(id) ?? { ...one, pairs: [] };
      known.pairs.push(`${scenarioTitle(base)} ${base.profile}`);
      found.set(id, known);
    }
  }
  return [...found.values()].map((one) => (one.pairs.length === compared ? { ...one, pairs: [] } : one));
}

/** Repetitions have the same settings. */
function firstMeasured({ cells }: CellGroup): MeasuredCell | undefined {
  return cells.find(isMeasured);
}

function between(a: MeasuredCell, b: MeasuredCell): Omit<DifferingSetting, 'pairs'>[] {
  return Object.keys(b.peers).flatMap((role) => {
    const [base, value] = [a.peers[role], b.peers[role]];
    if (base === undefined || value === undefined) return [];
    return keysOf(base, value).flatMap((key) => {
      const [was, is] = [reading(base, key), reading(value, key)];
      return differ(was, is) ? [{ role, key, base: was, value: is }] : [];
    });
  });
}

function keysOf(...peers: readonly PeerReport[]): string[] {
  return [
    ...new Set(peers.flatMap(({ sysctls }) => [...Object.keys(sysctls.requested), ...Object.keys(sysctls.effective)])),
  ].sort();
}

function reading({ sysctls }: PeerReport, key: string): SettingReading {
  const folded = (text: string | null | undefined) => (text == null ? null : text.trim().replace(/\s+/g, ' '));
  return { requested: folded(sysctls.requested[key]), effective: folded(sysctls.effective[key]) };
}

/**
 * Where one of them did not read it, it differs only if the other requested it: versions of the lab read different
 * keys.
 */
function differ(a: SettingReading, b: SettingReading): boolean {
  if (a.effective !== null && b.effective !== null) return a.effective !== b.effective;
  return a.requested !== b.requested;
}
