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

it("asks for exit code 3 before anything starts if the user's client is not found", async () => {
  const missing = (command: string, message: string, hint: string) =>
    expect(needPrograms(withCommand(command), onMachine)).rejects.toThrow(
      expect.objectContaining({
        exitCode: 3,
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  await missing('no-such-client {url}', 'no-such-client was not found on the PATH', 'install it');
  await missing('./no/such/client {url}', './no/such/client was not found', 'give its path');
  await missing('./package.json {url}', 'is not an executable file', 'chmod +x');
  await missing('/usr {url}', '/usr is not an executable file', 'chmod +x');
});

it('names the files that the user of programs cannot read, and what to do about it', async () => {
  const unusableFiles = async () => ({ files: ['/root/client.py'], user: 'nobody' });
  await expect(needPrograms(withCommand('sh /root/client.py'), { ...onMachine, unusableFiles })).rejects.toThrow(
    expect.objectContaining({
      exitCode: 3,
      message: expect.stringContaining('nobody, who cannot use /root/client.py'),
      hint: expect.stringContaining('--as-root'),
    }),
  );
});

it("asks for a server's program as well", async () => {
  const serves = [{ server: 'program', ports: [8080], parameters: { command: 'no-such-proxy -f {config}' } }];
  const { load, peers } = scenarioNamed('short-conn');
  const scenario = { load, peers: { ...peers, server: { ...(peers.server as (typeof peers)[string]), serves } } };
  await expect(needPrograms([scenario], onMachine)).rejects.toThrow(/program of server no-such-proxy was not found/);
});

it('finds programs by name and by path, and checks nothing for containers', async () => {
  for (const command of ['sh -c true', '/bin/sh -c true', 'go-client mysql-pool', '']) {
    await expect(needPrograms(withCommand(command), onMachine)).resolves.toBeUndefined();
  }
  await expect(needPrograms(withCommand('no-such-client'), {})).resolves.toBeUndefined();
  await expect(needPrograms([wrkTomcat], onMachine)).resolves.toBeUndefined();
});
