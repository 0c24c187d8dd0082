import { expect, it } from 'vitest';
import { scenarioNamed } from '../../scenarios/registry.ts';
import type { ValidationIssue } from '../model/errors.ts';
import { readServerArguments, type ServerArguments } from './server-arguments.ts';

const chain = scenarioNamed('lb-chain');

function read(args: Partial<ServerArguments>) {
  const issues: ValidationIssue[] = [];
  const choice = readServerArguments({ serverEnv: [], ...args }, [chain], issues);
  return { ...choice, issues, scenario: choice.apply(chain) };
}

it('replaces the servers of any role, and keeps their ports and next hops', () => {
  const { scenario, issues, option } = read({
    serverCmd: ['haproxy -f a.cfg', 'web=python3 app.py {port}'],
    serverPort: ['web=9000'],
    serverImage: ['db=mariadb:11'],
    serverEnv: ['db=MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1'],
  });
  expect(issues).toEqual([]);
  expect(option).toBe('--server-cmd');
  expect(scenario.peers.lb?.serves).toMatchObject([
    { server: 'program', ports: [8080], upstream: ['web'], parameters: { command: 'haproxy -f a.cfg' } },
  ]);
  expect(scenario.peers.web?.serves).toMatchObject([{ server: 'program', ports: [9000], upstream: ['db'] }]);
  expect(scenario.peers.db).toMatchObject({
    image: { reference: 'mariadb:11', env: { MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: '1' } },
  });
  expect(scenario.variants).toBeUndefined();
});

it('takes what names no role of the scenario as part of the value', () => {
  expect(read({ serverCmd: ['env a=b ./server'] }).scenario.peers.lb?.serves[0]?.parameters.command).toBe(
    'env a=b ./server',
  );
});

it('changes nothing without them', () => {
  expect(read({})).toMatchObject({ issues: [], option: null, hasImage: false, scenario: chain });
});

it('reports every problem at once', () => {
  const { issues, scenario } = read({
    serverCmd: ['lb=a | b', 'lb=c', 'web='],
    serverImage: ['web=nginx'],
    serverPort: ['0', 'web=many', 'db=1'],
    serverEnv: ['A=1'],
  });
  expect(issues.map(({ field, message }) => `${field} ${message}`)).toEqual([
    '--server-cmd is given twice for lb',
    '--server-cmd names nothing for web',
    '--server-cmd no shell reads the command, so that | would be passed on as written',
    '--server-cmd and --server-image both name a server for web',
    '--server-port applies to nothing: there is no program or image',
    '--server-port applies to nothing: there is no program or image for db',
    '--server-env applies to nothing: there is no program or image',
    "--server-port '0' is not a port",
    "--server-port 'many' is not a port",
  ]);
  expect(issues.every(({ hint }) => hint !== undefined)).toBe(true);
  expect(scenario).toBe(chain);
});
