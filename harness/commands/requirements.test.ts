import { expect, it } from 'vitest';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { plan } from '../plan/plan.ts';
import { needInstalled, requirementsOf } from './requirements.ts';

function cellsOf(name: string) {
  const input = { profiles, repetitions: 1, form: 'quick' as const, overrides: { sysctls: {} }, settable: null };
  const planned = plan({ ...input, scenarios: [scenarioNamed(name)] });
  if (!planned.ok) throw new Error(JSON.stringify(planned.objections));
  return planned.cells;
}

it('collects what scenario, engine and servers require', () => {
  expect([...requirementsOf(cellsOf('wrk-tomcat'))].sort()).toEqual(['conntrack', 'nft', 'tomcat', 'wrk']);
  expect(requirementsOf(cellsOf('short-conn')).size).toBe(0);
});

it('asks for exit code 3 with the line that installs what is missing, and only that', () => {
  const without = (missing: string) => (sign: string) => !sign.includes(missing);
  expect(() => needInstalled(cellsOf('wrk-tomcat'), () => true)).not.toThrow();
  expect(() => needInstalled(cellsOf('wrk-tomcat'), without('wrk'))).toThrow(
    expect.objectContaining({ exitCode: 3, hint: expect.stringMatching(/no-install-recommends wrk$/) }),
  );
  expect(() => needInstalled(cellsOf('wrk-tomcat'), without('bootstrap.jar'))).toThrow(
    expect.objectContaining({ exitCode: 3, hint: expect.stringContaining('tomcat10') }),
  );
});
