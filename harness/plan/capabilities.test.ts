import { describe, expect, it } from 'vitest';
import { scenarioNamed } from '../../scenarios/registry.ts';
import type { RuntimeTraits } from '../model/runtime.ts';
import { Scenario } from '../model/scenario.ts';
import { cannotRun, capabilitiesNeeded } from './capabilities.ts';

const bare: RuntimeTraits = { name: 'bare', capabilities: { images: false, slab: true, ipv6: true } };
const boxes: RuntimeTraits = { name: 'boxes', capabilities: { images: true, slab: false, ipv6: true } };
const fleet: RuntimeTraits = { name: 'fleet', capabilities: { images: true, slab: false, ipv6: false } };

const plain = scenarioNamed('short-conn');
const withImage = Scenario.parse({
  ...plain,
  peers: { ...plain.peers, server: { serves: [{ server: 'image' }], image: { reference: 'nginx' } } },
});
const readsSlab = Scenario.parse({ ...plain, watchSlab: 'client' });

it('reads what a scenario needs from the scenario itself', () => {
  expect(capabilitiesNeeded(plain)).toEqual([]);
  expect(capabilitiesNeeded(withImage)).toEqual(['images']);
  expect(capabilitiesNeeded(readsSlab)).toEqual(['slab']);
  expect(capabilitiesNeeded({ ...withImage, requires: ['slabinfo'] })).toEqual(['images', 'slab']);
});

describe('cannotRun', () => {
  it('is null where the runtime can do everything', () => {
    expect(cannotRun(plain, bare)).toBeNull();
    expect(cannotRun(withImage, boxes)).toBeNull();
  });

  it('says what the runtime cannot do and which one can', () => {
    expect(cannotRun(withImage, bare, [bare, boxes, fleet])).toEqual({
      reason: 'the runtime bare cannot run container images',
      hint: '--runtime boxes or --runtime fleet',
    });
    expect(cannotRun(readsSlab, boxes, [boxes])).toEqual({
      reason: "the runtime boxes cannot read the kernel's slab statistics",
    });
  });

  it('offers runtimes with IPv6 for a scenario over IPv6', () => {
    const overIpv6 = Scenario.parse({ ...plain, family: 6 });
    expect(capabilitiesNeeded(overIpv6)).toEqual(['ipv6']);
    expect(cannotRun(overIpv6, fleet, [bare, boxes, fleet])).toEqual({
      reason: 'the runtime fleet cannot connect peers over IPv6',
      hint: '--runtime bare or --runtime boxes',
    });
  });

  it('offers only runtimes that a scenario names', () => {
    const limited = { ...plain, runtimes: ['fleet'] };
    expect(cannotRun(limited, fleet)).toBeNull();
    expect(cannotRun(limited, bare)).toEqual({
      reason: 'this scenario does not run in bare',
      hint: '--runtime fleet',
    });
  });
});
