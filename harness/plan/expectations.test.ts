import { describe, expect, it } from 'vitest';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed, scenarios } from '../../scenarios/registry.ts';
import type { Scenario } from '../model/scenario.ts';
import { withClientImage } from './client-image.ts';
import type { Overrides } from './overrides.ts';
import { type PlanInput, plan } from './plan.ts';

function cellsOf(overrides: Partial<Overrides>, changes: Partial<PlanInput> = {}) {
  const result = plan({
    scenarios: [scenarioNamed('short-conn')],
    profiles,
    profileNames: ['tw-reuse-1'],
    repetitions: 1,
    form: 'quick',
    overrides: { sysctls: {}, ...overrides },
    settable: null,
    ...changes,
  });
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.cells;
}

const notApplying = expect.stringContaining("the scenario's expectations do not apply");

describe("expectations of a scenario's own load", () => {
  it('do not judge a program', () => {
    const [cell] = cellsOf({ clientCommand: 'curl {url}' });
    expect(cell?.scenario.expectations).toEqual([]);
    expect(cell?.notes).toEqual([notApplying]);
    expect(cell?.notes?.join()).toContain('--client-cmd');
  });

  it('do not judge another engine', () => {
    const wrkTomcat = { scenarios: [scenarioNamed('wrk-tomcat')], profileNames: ['tw-reuse-0'] };
    const [own] = cellsOf({ engine: 'wrk' }, wrkTomcat);
    expect(own?.scenario.expectations).not.toEqual([]);
    const [other] = cellsOf({ engine: 'churn' }, wrkTomcat);
    expect(other?.scenario.expectations).toEqual([]);
    expect(other?.notes?.join()).toContain('--engine churn');
  });

  it('do not judge an image that makes the load', () => {
    const image = { reference: 'k6', args: [], env: {} };
    const [cell] = cellsOf(
      { hasClientImage: true },
      { scenarios: [withClientImage(scenarioNamed('short-conn'), image)] },
    );
    expect(cell?.scenario.expectations).toEqual([]);
    expect(cell?.notes).toContainEqual(notApplying);
  });

  it('judge the load that is their own, also where its engine is named', () => {
    for (const overrides of [{}, { engine: 'churn' }, { rate: 500 }]) {
      const [cell] = cellsOf(overrides);
      expect(cell?.scenario.expectations).toEqual(scenarioNamed('short-conn').expectations);
      expect(cell?.notes).toBeUndefined();
    }
  });
});

describe('an expectation that names no profile', () => {
  const halfMeasures = { scenarios: [scenarioNamed('half-measures')] };

  it("is about the scenario's own profiles, and judges no other", () => {
    const [cell] = cellsOf({}, { ...halfMeasures, profileNames: ['tw-reuse-1'] });
    expect(cell?.scenario.expectations).toEqual([]);
    expect(cell?.notes).toContainEqual(expect.stringContaining('alone'));
  });

  it('judges all of those', () => {
    for (const scenario of scenarios) {
      for (const cell of cellsOf({}, { scenarios: [scenario], profileNames: scenario.profiles })) {
        const changed = scenario.variants?.[cell.variant ?? '']?.expectations ?? scenario.expectations;
        expect(cell.scenario.expectations).toEqual(changed);
      }
    }
  });

  it('leaves those that name the profile to judge it', () => {
    const [own] = halfMeasures.scenarios;
    const named = { text: 't', holds: 'verdict == healthy', profiles: ['tw-reuse-1'] };
    const scenario = { ...own, expectations: [...(own?.expectations ?? []), named] } as Scenario;
    const [cell] = cellsOf({}, { scenarios: [scenario] });
    expect(cell?.scenario.expectations).toEqual([named]);
  });
});
