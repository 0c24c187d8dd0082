import { expect, it } from 'vitest';
import { profiles } from '../../scenarios/profiles.ts';
import { scenarioNamed } from '../../scenarios/registry.ts';
import type { CellPlan } from '../model/cell.ts';
import type { LoadSpec } from '../model/scenario.ts';
import { plan } from './plan.ts';
import { loadShare, servedSpecs, servingOrder } from './serving.ts';

const planned = plan({
  scenarios: [scenarioNamed('lb-chain')],
  profiles,
  repetitions: 1,
  form: 'quick',
  overrides: { sysctls: {} },
  settable: null,
});
if (!planned.ok) throw new Error(JSON.stringify(planned.issues));
const cell = planned.cells[0] as CellPlan;

it('starts the last hop first', () => {
  const kinds = servingOrder(cell).map((peer) => peer.kind);
  expect(kinds).toEqual(['db', 'web', 'web', 'lb']);
});

it('gives every server the addresses of its next hops, on the link between the two', () => {
  const lb = cell.peers.find((peer) => peer.role === 'lb');
  const [served] = lb === undefined ? [] : servedSpecs(cell, lb);
  const subnets = cell.links.filter((link) => link.ends.some((end) => end.role === 'lb')).map((link) => link.subnet);
  expect(served?.upstreams).toHaveLength(2);
  for (const { address } of served?.upstreams ?? []) {
    expect(subnets.some((subnet) => address.startsWith(subnet.split('.').slice(0, 3).join('.')))).toBe(true);
  }
});

it('splits attempts and rate over load peers without losing one', () => {
  const load = { ...cell.scenario.load, maxAttempts: 10 };
  const shares = [0, 1, 2].map((index) => loadShare(load, index, 3));
  expect(shares.map((share) => share.maxAttempts)).toEqual([4, 3, 3]);
  const rate = (of: LoadSpec) => (of.arrival.loop === 'open' ? of.arrival.ratePerSec : 0);
  expect(shares.reduce((sum, share) => sum + rate(share), 0)).toBeCloseTo(rate(load), 6);
});
