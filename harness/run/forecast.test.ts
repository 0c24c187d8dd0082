import { describe, expect, it } from 'vitest';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { plan } from '../plan/plan.ts';
import { forecastMs } from './forecast.ts';

function cells(name: string, form: 'full' | 'quick', repetitions = 1) {
  const input = { scenarios: [scenarioNamed(name)], profiles, repetitions, form };
  const planned = plan({ ...input, overrides: { sysctls: {} }, settable: null });
  if (!planned.ok) throw new Error(JSON.stringify(planned.issues));
  return planned.cells;
}

describe('forecastMs', () => {
  it('the sum if one at a time, about half of it if two at a time', () => {
    const quick = cells('short-conn', 'quick');
    expect(quick).toHaveLength(4);
    expect(forecastMs(quick, 1, 2)).toBe(4 * 7000);
    expect(forecastMs(quick, 2, 2)).toBe(2 * 7000);
  });

  it('short-conn in its full form takes two rounds on two cores: under two and a half minutes', () => {
    const full = cells('short-conn', 'full');
    expect(forecastMs(full, 'auto', 2)).toBeGreaterThan(2 * 67_000);
    expect(forecastMs(full, 'auto', 2)).toBeLessThan(140_000);
    // All at once, but set up one after the other.
    expect(forecastMs(full, 'auto', 4)).toBe(67_000 + 3 * 500);
  });

  it('cells that need the machine to themselves run after the others', () => {
    const alone = cells('tw-memory', 'quick');
    expect(alone.every((cell) => cell.scenario.watchSlab !== undefined)).toBe(true);
    const together = forecastMs([...alone, ...cells('short-conn', 'quick')], 'auto', 64);
    expect(together).toBe(forecastMs(alone, 'auto', 64) + forecastMs(cells('short-conn', 'quick'), 'auto', 64));
  });

  it('skipped cells take no time', () => {
    const skipped = cells('short-conn', 'quick').map((cell) => ({ ...cell, skip: { reason: 'not here' } }));
    expect(forecastMs(skipped, 'auto', 2)).toBe(0);
  });
});
