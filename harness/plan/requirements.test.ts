import { expect, test } from 'vitest';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { Scenario } from '../model/scenario.ts';
import { missingComponents, peerRequirements, requirementsOf } from './requirements.ts';
import { variantsOf } from './variant.ts';

const scenario = Scenario.parse({
  name: 'chain',
  title: 't',
  story: 's',
  peers: { client: { nftables: 'table inet x {}' }, server: {} },
  links: [['client', 'server']],
  load: { closePolicy: 'client-fin', arrival: { loop: 'closed', concurrency: 1 }, durationMs: 100 },
  profiles: ['baseline'],
  requires: ['nginx', 'mariadb', 'slabinfo'],
});

test('a ruleset needs nft, whether or not the scenario says so', () => {
  expect(requirementsOf(scenario)).toEqual(['nginx', 'mariadb', 'slabinfo', 'nft']);
});

test('what is missing comes with one line that installs all of it', () => {
  expect(missingComponents(scenario, new Set(['nft', 'slabinfo']))).toEqual({
    requirements: ['nginx', 'mariadb'],
    reason: 'not installed on this machine: nginx, mariadb',
    hint: 'apt-get update && apt-get install -y --no-install-recommends nginx-light mariadb-server',
  });
  expect(missingComponents(scenario, new Set(['nft', 'nginx', 'mariadb']))?.hint).toMatch(/^run as root/);
  expect(missingComponents(scenario, new Set(['nft', 'nginx', 'mariadb', 'slabinfo']))).toBeNull();
});

test("the runtime's own explanation is preferred", () => {
  const explain = (missing: readonly string[]) => ({ reason: `no ${missing.join(' and ')}` });
  expect(missingComponents(scenario, new Set(['nft', 'slabinfo']), explain)).toEqual({
    requirements: ['nginx', 'mariadb'],
    reason: 'no nginx and mariadb',
  });
});

test('engines and servers have their own requirements', () => {
  expect(requirementsOf(scenarioNamed('wrk-tomcat')).sort()).toEqual(['conntrack', 'nft', 'tomcat', 'wrk']);
  expect(requirementsOf(scenarioNamed('short-conn'))).toEqual([]);
  expect(peerRequirements(scenarioNamed('mysql-pool'), 'client')).toEqual(['go']);
  expect(peerRequirements(scenarioNamed('mysql-pool'), 'server')).toEqual(['mariadb']);
});

test('a variant has requirements of its own', () => {
  const [alone] = variantsOf(scenario);
  expect(alone).toBe(scenario);
  const needs = variantsOf(scenarioNamed('client-libraries')).map((variant) => requirementsOf(variant));
  expect(needs).toContainEqual(expect.arrayContaining(['clients', 'php', 'redis']));
  expect(needs).toContainEqual(['clients']);
});
