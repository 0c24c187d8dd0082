import { describe, expect, it } from 'vitest';
import { predict } from '../harness/analysis/cell/budget.ts';
import { budgetInput } from '../harness/analysis/cell/budget-input.ts';
import { mostArrivals } from '../harness/analysis/cell/burst.ts';
import type { CellPlan } from '../harness/model/cell.ts';
import { portSupply } from '../harness/model/port-supply.ts';
import { plan } from '../harness/plan/plan.ts';
import { targetsOf } from '../harness/plan/topology.ts';
import { profiles } from './profiles.ts';
import { scenarios } from './registry.ts';

/*
 * With reuse, ports run out only if more connections arrive within one tcp_tw_reuse_delay than there are four-tuples. A
 * delayed generator starts all overdue arrivals at once: at half of the four-tuples per delay it may be late by one
 * delay.
 */

function cells(form: 'quick' | 'full'): CellPlan[] {
  const planned = plan({ scenarios, profiles, repetitions: 1, form, overrides: { sysctls: {} }, settable: null });
  if (!planned.ok) throw new Error(JSON.stringify(planned.issues));
  return planned.cells;
}

/** Maximum arrivals within one reuse delay, and the four-tuples that they share; `null`: reuse is off here. */
function busiest(cell: CellPlan): { arrivals: number; fourTuples: number } | null {
  const { scenario } = cell;
  const sysctlsOf = (role: string) => cell.peers.find((peer) => peer.role === role)?.sysctls ?? {};
  const input = budgetInput(cell, { paced: true, serverCloses: true }, sysctlsOf);
  if (input !== null) {
    const { burst } = predict(input);
    return burst === undefined
      ? null
      : { arrivals: burst, fourTuples: input.ports * input.destinations * input.sources };
  }
  const opener = cell.peers.find((peer) => peer.kind === scenario.subject);
  if (opener?.sysctls['net.ipv4.tcp_tw_reuse'] !== '1') return null;
  const targets = opener.serves
    .flatMap((spec) => spec.upstream ?? [])
    .flatMap((kind) => targetsOf(cell, opener.role, kind));
  return {
    arrivals: mostArrivals(scenario.load, 1000) ?? 0,
    fourTuples: portSupply(opener.sysctls).usable * targets.length,
  };
}

describe.each(['quick', 'full'] as const)('room for a burst of late arrivals, %s form', (form) => {
  const reusing = cells(form).flatMap((cell) => {
    const found = busiest(cell);
    return found === null ? [] : [[cell.id, found] as const];
  });

  it('the catalogue has cells with reuse', () => {
    expect(reusing.map(([id]) => id)).toEqual(
      expect.arrayContaining(['short-conn/tw-reuse-1/1', 'lb-chain/a-lb-closes/lb-tw-reuse-1/1']),
    );
  });

  it.each(reusing)('%s', (_, { arrivals, fourTuples }) => {
    expect(arrivals).toBeGreaterThan(0);
    expect(2 * arrivals).toBeLessThanOrEqual(fourTuples);
  });
});
