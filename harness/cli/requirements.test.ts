import { expect, it } from 'vitest';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { needInstalled } from './requirements.ts';

const all = ['nft', 'conntrack', 'wrk', 'tomcat', 'nginx', 'redis', 'mariadb', 'go'];
const without = (...missing: string[]) => new Set(all.filter((one) => !missing.includes(one)));
const wrkTomcat = scenarioNamed('wrk-tomcat');

it('asks for exit code 3 with the line that installs what is missing, and only that', () => {
  expect(() => needInstalled([wrkTomcat], without())).not.toThrow();
  expect(() => needInstalled([wrkTomcat], without('wrk'))).toThrow(
    expect.objectContaining({ exitCode: 3, hint: expect.stringMatching(/no-install-recommends wrk$/) }),
  );
  expect(() => needInstalled([wrkTomcat], without('tomcat'))).toThrow(
    expect.objectContaining({ exitCode: 3, hint: expect.stringContaining('tomcat10') }),
  );
});

it('lets a run begin of which some scenarios can run: the others are skipped', () => {
  expect(() => needInstalled([wrkTomcat, scenarioNamed('short-conn')], without('wrk'))).not.toThrow();
  expect(() => needInstalled([wrkTomcat], null)).not.toThrow();
});
