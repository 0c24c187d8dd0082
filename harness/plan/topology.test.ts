import { isIPv6 } from 'node:net';
import { describe, expect, it } from 'vitest';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { Scenario } from '../model/scenario.ts';
import { allSubnets, planLinks, subnetAt, subnetBeside, subnetCount } from './topology.ts';

describe('addresses of IPv6 links', () => {
  const scenario = Scenario.parse({ ...scenarioNamed('lb-chain'), variants: undefined, family: 6 });
  const links = planLinks(scenario, allSubnets, 0);
  const addresses = links.flatMap((link) => link.ends.flatMap((end) => end.addresses));

  it('are of 2001:2::/48, each in its link, none twice, and written as the kernel writes them', () => {
    expect(new Set(addresses).size).toBe(addresses.length);
    for (const link of links) {
      const network = link.subnet.replace('::/64', '::');
      for (const address of link.ends.flatMap((end) => end.addresses)) {
        expect(isIPv6(address)).toBe(true);
        expect(address.startsWith(network)).toBe(true);
        expect(new URL(`http://[${address}]`).hostname).toBe(`[${address}]`);
      }
    }
    expect(addresses.every((address) => address.startsWith('2001:2:0:'))).toBe(true);
  });

  it('differ from those of an earlier cell', () => {
    const later = planLinks(scenario, allSubnets, links.length);
    expect(
      later.flatMap((link) => link.ends.flatMap((end) => end.addresses)).filter((one) => addresses.includes(one)),
    ).toEqual([]);
  });

  it('are ::1 on a loopback link', () => {
    const loopback = Scenario.parse({ ...scenarioNamed('loopback-reuse'), variants: undefined, family: 6 });
    const [link] = planLinks(loopback, allSubnets, 0);
    expect(link).toMatchObject({
      subnet: '::1/128',
      prefixLength: 128,
      isLocal: true,
      ends: [{ addresses: ['::1'] }, {}],
    });
  });
});

it('a subnet has one of the other family beside it, for all 512', () => {
  for (const number of [0, 1, 255, 256, subnetCount - 1]) {
    expect(subnetBeside(subnetAt(number, 4), 6)).toBe(subnetAt(number, 6));
    expect(subnetBeside(subnetAt(number, 6), 4)).toBe(subnetAt(number, 4));
  }
  expect(() => subnetBeside('10.0.0.0/24', 6)).toThrow(RangeError);
});
