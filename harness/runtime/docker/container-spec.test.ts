import { expect, it } from 'vitest';
import { profiles } from '../../../scenarios/profiles.ts';
import { scenarioNamed } from '../../../scenarios/registry.ts';
import { plan } from '../../plan/plan.ts';
import { agentSpec, serverImageSpec, sidecarSpec } from './container-spec.ts';
import { thisRunner } from './ownership.ts';

const planned = plan({
  scenarios: [scenarioNamed('short-conn')],
  profiles,
  profileNames: ['tw-reuse-0'],
  repetitions: 1,
  form: 'quick',
  overrides: { sysctls: {} },
  settable: null,
});
if (!planned.ok) throw new Error('not planned');
const [cell] = planned.cells;
const peer = cell?.peers[0];
if (cell === undefined || peer === undefined) throw new Error('no peer');
const context = { runId: 'r', runner: thisRunner(), plan: cell, peer };

it('lets no container on a link ask the machine for names', () => {
  const image = { reference: 'web', env: {} };
  for (const { HostConfig } of [agentSpec(context, 'lab'), serverImageSpec(context, image)]) {
    expect(HostConfig?.Dns).toEqual(['127.0.0.1']);
  }
  // It has the resolver of the container whose network it shares; the daemon refuses another.
  expect(sidecarSpec(context, 'lab', 'id').HostConfig?.Dns).toBeUndefined();
});
