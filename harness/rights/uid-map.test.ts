import { expect, it } from 'vitest';
import { isMachineRoot, isMapped } from './uid-map.ts';

const machine = '         0          0 4294967295\n';
const oneUser = '         0       1000          1\n';
const rootless = '         0       1000          1\n         1     100000      65536\n';

it('distinguishes root of the machine from root of a user namespace', () => {
  expect(isMachineRoot(0, machine)).toBe(true);
  expect(isMachineRoot(1000, machine)).toBe(false);
  for (const map of [oneUser, rootless]) expect(isMachineRoot(0, map)).toBe(false);
});

it('knows which users exist in a namespace', () => {
  expect(isMapped(65_534, machine)).toBe(true);
  expect(isMapped(65_534, rootless)).toBe(true);
  expect(isMapped(65_534, oneUser)).toBe(false);
  expect(isMapped(0, oneUser)).toBe(true);
});
