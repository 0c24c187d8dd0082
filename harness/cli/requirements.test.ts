import { expect, it } from 'vitest';
import { scenarioNamed } from '../../scenarios/registry.ts';
import { findExecutable } from '../components/probe-components.ts';
import { needInstalled, needPrograms } from './requirements.ts';

const all = ['nft', 'conntrack', 'wrk', 'tomcat', 'nginx', 'redis', 'mariadb', 'go'];
const without = (...missing: string[]) => new Set(all.filter((one) => !missing.includes(one)));
const wrkTomcat = scenarioNamed('wrk-tomcat');

it('asks for exit code 3 with the command that installs exactly what is missing', () => {
  expect(() => needInstalled([wrkTomcat], without())).not.toThrow();
  expect(() => needInstalled([wrkTomcat], without('wrk'))).toThrow(
    expect.objectContaining({ exitCode: 3, hint: expect.stringMatching(/no-install-recommends wrk$/) }),
  );
  expect(() => needInstalled([wrkTomcat], without('tomcat'))).toThrow(
    expect.objectContaining({ exitCode: 3, hint: expect.stringContaining('tomcat10') }),
  );
});

it('allows a run if some scenarios can run: the others are skipped', () => {
  expect(() => needInstalled([wrkTomcat, scenarioNamed('short-conn')], without('wrk'))).not.toThrow();
  expect(() => needInstalled([wrkTomcat], null)).not.toThrow();
});

const withCommand = (command: string) => [{ peers: {}, load: { ...wrkTomcat.load, parameters: { command } } }];
const onMachine = { findProgram: (program: string) => findExecutable(program, '/usr/bin:/bin') };

it("asks for exit code 3 before anything starts if the user's client is not found", () => {
  const missing = (command: string, message: string, hint: string) =>
    expect(() => needPrograms(withCommand(command), onMachine)).toThrow(
      expect.objectContaining({
        exitCode: 3,
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  missing('no-such-client {url}', 'no-such-client was not found on the PATH', 'install it');
  missing('./no/such/client {url}', './no/such/client was not found', 'give its path');
  missing('./package.json {url}', 'is not an executable file', 'chmod +x');
  missing('/usr {url}', '/usr is not an executable file', 'chmod +x');
});

it("asks for a server's program as well", () => {
  const serves = [{ server: 'program', ports: [8080], parameters: { command: 'no-such-proxy -f {config}' } }];
  const { load, peers } = scenarioNamed('short-conn');
  const scenario = { load, peers: { ...peers, server: { ...(peers.server as (typeof peers)[string]), serves } } };
  expect(() => needPrograms([scenario], onMachine)).toThrow(/program of server no-such-proxy was not found/);
});

it('finds programs by name and by path, and checks nothing for containers', () => {
  for (const command of ['sh -c true', '/bin/sh -c true', 'go-client mysql-pool', '']) {
    expect(() => needPrograms(withCommand(command), onMachine)).not.toThrow();
  }
  expect(() => needPrograms(withCommand('no-such-client'), {})).not.toThrow();
  expect(() => needPrograms([wrkTomcat], onMachine)).not.toThrow();
});
