import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { ValidationIssue } from '../model/errors.ts';
import { fleetOf, fleetOfRun } from './fleet-arguments.ts';

const hosts = 'a=ssh://one,b=ssh://two';
const roles = new Set(['client', 'client1', 'client2', 'server']);

function run(options: Parameters<typeof fleetOfRun>[0]) {
  const issues: ValidationIssue[] = [];
  const fleet = fleetOfRun(options, roles, issues);
  return { fleet, messages: issues.map(({ field, message }) => `${field}: ${message}`) };
}

it('refuses hosts that the runtime would not use', () => {
  expect(run({ runtime: 'auto', hosts }).messages).toEqual([
    '--hosts: is for the runtime swarm, and --runtime is auto',
  ]);
  expect(run({ runtime: 'swarm', hosts }).messages).toEqual([]);
});

it('refuses a placement of a role that no scenario has', () => {
  expect(run({ runtime: 'swarm', hosts, place: 'client=b,client2=a,lb=a' }).messages).toEqual([
    "--place: no scenario has a peer 'lb'",
  ]);
});

it('reads hosts from a file; the placement of the command line wins', () => {
  const folder = mkdtempSync(join(tmpdir(), 'timewait-lab-fleet-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'hosts.yml');
  writeFileSync(file, 'hosts: {a: ssh://one, b: ssh://two}\nplace: {client: a, server: a}\n');
  const issues: ValidationIssue[] = [];
  expect(fleetOf({ hosts: file, place: 'client=b' }, issues)?.place).toEqual({ client: 'b', server: 'a' });
  expect(issues).toEqual([]);
  expect(fleetOf({ hosts: join(folder, 'none.yml'), place: 'client=b' }, issues)?.hosts).toEqual([]);
  expect(issues.map(({ field }) => field)).toEqual(['--hosts', '--place']);
});
