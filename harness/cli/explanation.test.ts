import { expect, it } from 'vitest';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed, scenarios } from '../../scenarios/registry.ts';
import type { CellPlan } from '../model/cell.ts';
import type { Scenario } from '../model/scenario.ts';
import { plan } from '../plan/plan.ts';
import { explanation } from './explanation.ts';

function planned(of: readonly Scenario[], form: 'quick' | 'full', repetitions = 1): CellPlan[] {
  const result = plan({ scenarios: of, profiles, repetitions, form, overrides: { sysctls: {} }, settable: null });
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.cells;
}

it.each(['quick', 'full'] as const)('explains every scenario in %s form on lines of at most 100 columns', (form) => {
  for (const scenario of scenarios) {
    const cells = planned([scenario], form);
    const lines = explanation(cells);
    expect(lines.filter((line) => line.length > 100 || line.includes('\n'))).toEqual([]);
    const text = lines.join(' ').replace(/\s+/g, ' ');
    expect(text).toContain(scenario.title);
    for (const cell of cells) expect(text).toContain(` ${cell.profile} `);
    for (const one of cells.flatMap((cell) => cell.scenario.expectations)) {
      if (one.loop === undefined && (one.form ?? form) === form) expect(text).toContain(one.text);
    }
  }
});

it('says a profile once for all repetitions, and leaves out what is expected of another form or loop', () => {
  const lines = explanation(planned([scenarioNamed('short-conn')], 'full', 3));
  expect(lines.filter((line) => line.includes('tw-reuse-1  ')).length).toBe(1);
  expect(lines.join('\n')).not.toContain('at full speed');
  expect(lines.join('\n')).not.toContain('port budget predicts');
});

it('gives no rate or close policy where the load has its own', () => {
  const shortConn = scenarioNamed('short-conn');
  const load = { ...shortConn.load, engine: 'program', parameters: { command: 'hey {url}' } };
  const lines = explanation(planned([{ ...shortConn, load }], 'full'));
  expect(lines.filter((line) => line.startsWith('Load'))).toEqual(['Load        hey {url}, for 66 s']);
});
