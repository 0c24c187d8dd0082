import { describe, expect, it } from 'vitest';
import { profiles } from '../../../scenarios/profiles.ts';
import { scenarioNamed } from '../../../scenarios/registry.ts';
import type { CellPlan } from '../../model/cell.ts';
import { Scenario } from '../../model/scenario.ts';
import { plan } from '../../plan/plan.ts';
import { mergeDeep } from '../../plan/variant.ts';
import { serverTraitsNamed } from '../../servers/traits.ts';
import { budgetInput } from './budget-input.ts';

function cellOf(name: string, variant: string | undefined, profileName: string, changes: object = {}): CellPlan {
  const scenario = Scenario.parse(mergeDeep(scenarioNamed(name), changes));
  const planned = plan({
    scenarios: [scenario],
    profiles,
    profileNames: [profileName],
    repetitions: 1,
    form: 'quick',
    overrides: { sysctls: {} },
    settable: null,
  });
  if (!planned.ok) throw new Error(JSON.stringify(planned.issues));
  const cell = planned.cells.find((one) => one.variant === variant);
  if (cell === undefined) throw new Error(`${name} has no variant ${variant}`);
  return cell;
}

const factsOf = (cell: CellPlan) => ({
  paced: true,
  serverCloses: cell.peers.every((peer) =>
    peer.serves.every((spec) => serverTraitsNamed(spec.server)?.facts(spec).closesAfterClient !== false),
  ),
});

const inputOf = (cell: CellPlan) =>
  budgetInput(cell, factsOf(cell), (role) => cell.peers.find((peer) => peer.role === role)?.sysctls ?? null);

describe('budgetInput', () => {
  it('reads whether connect() takes random steps', () => {
    const key = 'net.ipv4.ip_local_port_step_width';
    const cell = cellOf('cliff', undefined, 'port-step-width');
    expect(inputOf(cell)).toMatchObject({ randomStep: true, reuse: false });
    const read = (value: string | null) => budgetInput(cell, factsOf(cell), () => ({ [key]: value }))?.randomStep;
    expect([read('128'), read('0'), read(null)]).toEqual([true, undefined, undefined]);
  });

  it('multiplies by destinations, but not where bind(2) chooses the port first', () => {
    expect(inputOf(cellOf('more-destinations', 'ports-4', 'narrow-range'))).toMatchObject({
      ports: 1000,
      destinations: 4,
      sources: 1,
    });
    const bound = { peers: { server: { serves: [{ server: 'node-http', ports: [8080, 8081] }] } } };
    expect(inputOf(cellOf('more-destinations', 'sources-2', 'narrow-range', bound))).toMatchObject({
      destinations: 1,
      sources: 2,
    });
  });

  it('knows that IP_BIND_ADDRESS_NO_PORT lets connect(2) choose the port', () => {
    const input = (variant: string, profile = 'tw-reuse-0') => inputOf(cellOf('bind-before-connect', variant, profile));
    expect(input('bind-4')).toMatchObject({ ports: 1000, destinations: 1, sharedBy: 4 });
    expect(input('bind-1')?.sharedBy).toBeUndefined();
    for (const variant of ['no-port-4', 'no-bind-4']) {
      expect(input(variant)).toMatchObject({ destinations: 4 });
      expect(input(variant)?.sharedBy).toBeUndefined();
    }
    expect(input('no-port-4', 'tw-reuse-1')?.reuse).toBe(true);
    expect(input('bind-4', 'tw-reuse-1')?.reuse).toBe(false);
  });

  it('allows no reuse with bind(2), whatever tcp_tw_reuse is', () => {
    expect(inputOf(cellOf('more-destinations', 'one', 'tw-reuse-1'))?.reuse).toBe(true);
    expect(inputOf(cellOf('more-destinations', 'sources-2', 'tw-reuse-1'))?.reuse).toBe(false);
  });

  it('needs timestamps at both ends of the connections for reuse, and nowhere else', () => {
    expect(inputOf(cellOf('timestamps-off', 'both-on', 'tw-reuse-1'))?.reuse).toBe(true);
    for (const variant of ['client-off', 'server-off', 'both-off']) {
      expect(inputOf(cellOf('timestamps-off', variant, 'tw-reuse-1'))?.reuse).toBe(false);
    }
    const gateway = { peers: { gateway: { sysctls: { 'net.ipv4.tcp_timestamps': '0' } } } };
    expect(inputOf(cellOf('nat-gateway', 'short', 'tw-reuse-1', gateway))?.reuse).toBe(true);
  });

  it('knows that the value 2, the default, acts on loopback addresses alone', () => {
    const reuse = (variant: string, profile: string) => inputOf(cellOf('loopback-reuse', variant, profile))?.reuse;
    for (const profile of ['tw-reuse-1', 'tw-reuse-2', 'baseline']) expect(reuse('loopback', profile)).toBe(true);
    expect(reuse('loopback', 'tw-reuse-0')).toBe(false);
    expect(reuse('own-address', 'tw-reuse-1')).toBe(true);
    expect(reuse('own-address', 'tw-reuse-2')).toBe(false);
    expect(inputOf(cellOf('short-conn', undefined, 'tw-reuse-2'))?.reuse).toBe(false);
  });

  it('counts the listeners that the scenario starts on the client itself', () => {
    const own = { peers: { client: { serves: [{ server: 'node-http', ports: [33_000, 33_001, 80] }] } } };
    expect(inputOf(cellOf('short-conn', undefined, 'tw-reuse-0', own))).toMatchObject({
      ports: 998,
      supply: { inRange: 1000, listening: 2 },
    });
  });

  it('counts a listener that was there before, such as the resolver that Docker starts in each container', () => {
    const cell = cellOf('short-conn', undefined, 'tw-reuse-0');
    const sysctlsOf = (role: string) => cell.peers.find((peer) => peer.role === role)?.sysctls ?? null;
    const listenersAt = (role: string) => ({
      listening: role === 'client' ? [33_000, 53] : [33_001],
      ofOneAddress: [33_000],
    });
    const input = budgetInput(cell, factsOf(cell), sysctlsOf, listenersAt);
    expect(input).toMatchObject({ ports: 999, supply: { inRange: 1000, listening: 1 } });
    // bind(2) to an address of its own does not meet a listener on another one.
    const bound = { ...cell, scenario: { ...cell.scenario, load: { ...cell.scenario.load, bindAddresses: 1 } } };
    expect(budgetInput(bound, factsOf(bound), sysctlsOf, listenersAt)).toMatchObject({ ports: 1000 });
  });

  it('adds the bucket caps of all peers that keep the TIME_WAIT', () => {
    expect(inputOf(cellOf('nat-gateway', 'short', 'small-buckets'))).toMatchObject({ sources: 3, buckets: 600 });
  });

  it('is null for a later hop, and where settings were not read', () => {
    expect(inputOf(cellOf('lb-chain', 'a-lb-closes', 'lb-tw-reuse-0'))).toBeNull();
    const cell = cellOf('short-conn', undefined, 'tw-reuse-0');
    expect(budgetInput(cell, factsOf(cell), () => null)).toBeNull();
  });

  it('recognises a server that never answers the FIN', () => {
    expect(inputOf(cellOf('close-wait', 'leak', 'baseline'))?.serverCloses).toBe(false);
    expect(inputOf(cellOf('close-wait', 'busy', 'baseline'))?.serverCloses).toBe(true);
  });
});
