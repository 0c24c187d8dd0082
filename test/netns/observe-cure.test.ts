import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readObservation } from '../../harness/analysis/observation/read-observation.ts';
import { isMeasured, Report } from '../../harness/model/report.ts';
import { requireOrSkip } from '../require.ts';
import { cli, realStacks } from './stack.ts';

realStacks();

const fixture = fileURLToPath(new URL('../fixtures/paced-connections.mjs', import.meta.url));
const [client, server] = ['client', 'server'].map((role) => `timewait-lab-cure-${role}-${process.pid}`) as [
  string,
  string,
];
const reuse = 'net.ipv4.tcp_tw_reuse';
/** 400 ports at 40/s: they run out after ten seconds. */
const range = '32768 33167';
const rate = 40;
let folder = '';
let children: ChildProcess[] = [];

const inside = (name: string, ...argv: string[]) => execa('ip', ['netns', 'exec', name, ...argv]);

function start(name: string, ...args: string[]): ChildProcess {
  const argv = [`--net=/run/netns/${name}`, process.execPath, fixture, ...args];
  const child = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

beforeEach(async (context) => {
  requireOrSkip('netns', process.getuid?.() === 0 ? null : 'ip netns needs root', context);
  folder = mkdtempSync(join(tmpdir(), 'timewait-lab-cure-'));
  children = [];
  for (const name of [client, server]) await execa('ip', ['netns', 'add', name]);
  const link = ['link', 'add', 'c0', 'netns', client, 'type', 'veth', 'peer', 'name', 's0', 'netns', server];
  await execa('ip', link);
  for (const [name, device, address] of [
    [client, 'c0', '198.18.240.1/30'],
    [server, 's0', '198.18.240.2/30'],
  ] as const) {
    await execa('ip', ['-n', name, 'address', 'add', address, 'dev', device]);
    await execa('ip', ['-n', name, 'link', 'set', device, 'up']);
  }
  await inside(client, 'sysctl', '-qw', `${reuse}=0`, `net.ipv4.ip_local_port_range=${range}`);
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const name of [client, server]) await execa('ip', ['netns', 'delete', name], { reject: false });
  rmSync(folder, { recursive: true });
});

/** Observes the client's network namespace as a user does. */
async function observe(name: string, seconds: number, ...args: string[]) {
  const out = join(folder, name);
  await execa(process.execPath, [cli, 'observe', '--netns', client, '--for', `${seconds}s`, '--out', out, ...args]);
  const observation = readObservation(readFileSync(join(out, 'observation.json'), 'utf8'), name);
  const [busiest] = observation.destinations;
  if (busiest === undefined) throw new Error('no destination was seen');
  return { ...observation, busiest };
}

const within = (value: number | null | undefined, of: number | null | undefined) =>
  expect(Math.abs((value ?? Number.NaN) / (of ?? Number.NaN) - 1), `${value} of ${of}`).toBeLessThanOrEqual(0.1);

it('what the lab advises for a saved load changes the program on its own network namespace as predicted', async () => {
  const machine = readFileSync('/proc/sys/net/ipv4/tcp_tw_reuse', 'utf8');
  await once(start(server, 'serve', '8080', '100').stdout as NonNullable<ChildProcess['stdout']>, 'data');
  const startedAt = performance.now();
  start(client, 'connect', '198.18.240.2', '8080', String(rate), '100');
  await sleep(2000);

  const saved = join(folder, 'saved');
  const before = await observe('before', 3, '--save', saved);
  within(before.busiest.openedPerSec, rate);
  expect(before.busiest.outlook).toMatchObject({ plateau: 400, exhaustedInMs: expect.any(Number) });
  expect(before.busiest.withReuse).toMatchObject({ exhaustedInMs: null });

  // The saved load in the lab, under the settings as found and with the cure.
  const profiles = `${join(saved, 'profile.conf')},tw-reuse-1`;
  const rehearse = [
    '--profiles',
    profiles,
    '--duration',
    '20s',
    '--parallel',
    '2',
    '--json',
    '--out',
    join(folder, 'run'),
  ];
  const { stdout } = await execa(process.execPath, [cli, 'scenario', join(saved, 'scenario.yml'), ...rehearse]);
  const report = Report.parse(JSON.parse(stdout));
  const [asFound, cured] = report.cells.filter(isMeasured);
  expect([asFound?.verdict, cured?.verdict]).toEqual(['exhausted', 'healthy']);
  expect(
    report.fits?.map(({ fits, profile }) => [fits, profile]),
    report.fits?.[0]?.sentence,
  ).toEqual([[true, 'profile.conf']]);
  within(asFound?.peers.client?.states.TIME_WAIT?.peak, before.busiest.outlook.plateau);
  within(cured?.peers.client?.states.TIME_WAIT?.peak, before.busiest.withReuse?.plateau);

  // Meanwhile the program has run out, as predicted.
  const out = await observe('out', 1);
  expect([out.verdict, out.busiest.used]).toEqual(['exhausted', 400]);

  const advised = report.recommendations.flatMap(({ settings }) => settings?.client?.[reuse] ?? []);
  expect(advised).toContain('1');
  await inside(client, 'sysctl', '-qw', `${reuse}=${advised[0]}`);
  expect(readFileSync('/proc/sys/net/ipv4/tcp_tw_reuse', 'utf8')).toBe(machine);

  // At once: connections are opened again, on ports whose TIME_WAITs are reused.
  const after = await observe('after', 3);
  expect(after.verdict).toBe('healthy');
  expect(after.busiest.outlook.exhaustedInMs).toBeNull();
  within(after.busiest.openedPerSec, rate);
  within(after.rates.recycled, rate);
  const compared = await execa(process.execPath, [cli, 'compare', join(folder, 'out'), join(folder, 'after')]);
  expect(compared.stdout).toMatch(/verdict +exhausted → healthy +improved/);

  // Once the old ones have ended only those that the cure needs are left.
  await sleep(Math.max(0, startedAt + 75_000 - performance.now()));
  const later = await observe('later', 1);
  expect(later.verdict).toBe('healthy');
  within(later.busiest.used, before.busiest.withReuse?.plateau);
});

it('a load on loopback is saved as one, where tcp_tw_reuse=2 lets it go on without ports running out', async () => {
  await execa('ip', ['-n', client, 'link', 'set', 'lo', 'up']);
  await inside(client, 'sysctl', '-qw', `${reuse}=2`);
  await once(start(client, 'serve', '8080', '60').stdout as NonNullable<ChildProcess['stdout']>, 'data');
  start(client, 'connect', '127.0.0.1', '8080', String(rate), '60');
  await sleep(1000);
  const saved = join(folder, 'saved');
  const seen = await observe('loopback', 3, '--save', saved);
  expect(seen.verdict).toBe('healthy');
  // Longer than the 400 ports would last without reuse.
  const rehearse = [
    '--profiles',
    join(saved, 'profile.conf'),
    '--duration',
    '14s',
    '--json',
    '--out',
    join(folder, 'run'),
  ];
  const { stdout } = await execa(process.execPath, [cli, 'scenario', join(saved, 'scenario.yml'), ...rehearse]);
  const report = Report.parse(JSON.parse(stdout));
  expect(report.cells.map(({ verdict }) => verdict)).toEqual(['healthy']);
  expect(
    report.fits?.map(({ fits }) => fits),
    report.fits?.[0]?.sentence,
  ).toEqual([true]);
});
