import { expect, it } from 'vitest';
import { broughtByImage, components, installLine } from './table.ts';

it('gives one command that installs everything', () => {
  expect(installLine(['tomcat', 'wrk', 'wrk'])).toBe(
    'apt-get update && apt-get install -y --no-install-recommends tomcat10 default-jre-headless wrk',
  );
});

it('knows which image contains what', () => {
  expect(broughtByImage('lab')).toEqual(expect.arrayContaining(['nft', 'conntrack', 'wrk', 'nginx']));
  expect(broughtByImage('lab')).not.toContain('redis');
  expect(broughtByImage('redis')).toEqual(expect.arrayContaining(['nft', 'conntrack', 'redis']));
  expect(broughtByImage('redis')).not.toContain('nginx');
});

it('says how to install each component', () => {
  for (const [name, { packages, hint }] of Object.entries(components)) {
    expect(packages.length > 0 || hint !== undefined, name).toBe(true);
  }
});
