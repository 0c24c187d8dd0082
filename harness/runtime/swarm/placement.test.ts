import { describe, expect, it } from 'vitest';
import { profiles } from '../../../scenarios/profiles.ts';
import { scenarioNamed } from '../../../scenarios/registry.ts';
import type { CellPlan } from '../../model/cell.ts';
import { Scenario } from '../../model/scenario.ts';
import { plan } from '../../plan/plan.ts';
import { mergeDeep } from '../../plan/variant.ts';
import { furtherAddressLines, placePeers } from './placement.ts';

function cellOf(name: string, changes: object): CellPlan {
  const scenario = Scenario.parse(mergeDeep({ ...scenarioNamed(name), variants: undefined }, changes));
  const input = { profiles, repetitions: 1, form: 'quick' as const, overrides: { sysctls: {} }, settable: null };
  const planned = plan({ ...input, scenarios: [scenario], profileNames: scenario.profiles.slice(0, 1) });
  if (!planned.ok) throw new Error(JSON.stringify(planned.issues));
  return planned.cells[0] as CellPlan;
}

const threeClients = cellOf('short-conn', { peers: { client: { count: 3 } } });

describe('placePeers', () => {
  it('puts servers on the first host and spreads the load over the others', () => {
    expect(Object.fromEntries(placePeers(threeClients, ['a', 'b', 'c'], {}))).toEqual({
      client1: 'b',
      client2: 'c',
      client3: 'b',
      server: 'a',
    });
  });

  it('follows --place, by kind or by single role', () => {
    const placed = placePeers(threeClients, ['a', 'b'], { client: 'a', client2: 'b', server: 'b' });
    expect(Object.fromEntries(placed)).toEqual({ client1: 'a', client2: 'b', client3: 'a', server: 'b' });
  });
});

describe('furtherAddressLines', () => {
  it('routes to the further addresses of the other end through its first', () => {
    const cell = cellOf('short-conn', { peers: { server: { addresses: 3 } } });
    expect(furtherAddressLines(cell, { role: 'client' })).toEqual([
      'route add 198.18.0.103/32 via 198.18.0.102 dev eth0',
      'route add 198.18.0.104/32 via 198.18.0.102 dev eth0',
    ]);
    expect(furtherAddressLines(cell, { role: 'server' })).toEqual([]);
  });
});
