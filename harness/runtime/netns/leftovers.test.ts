import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identityText, parseIdentity, thisProcess } from '../../probe/process-identity.ts';
import { removeLeftovers } from './leftovers.ts';

const here = thisProcess();
/** A runner of this boot and pid namespace that has ended: its pid is this process's, its start is not. */
const dead = identityText({ ...here, started: '1' });

let folder = '';
let started: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leftovers-'));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'agent.cjs'), "process.stdout.write('.'); setTimeout(() => {}, 60_000);");
});

afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started = [];
  rmSync(folder, { recursive: true, force: true });
});

/** A process with the command line of an agent, once it runs. */
async function agent({ runner = dead, run = 'leftovers-test', role = 'client', uid = process.getuid?.() ?? 0 }) {
  const args = [join(folder, 'agent.cjs'), `--run=${run}`, `--runner=${runner}`, '--cell=a/b/1', `--role=${role}`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], cwd: '/', uid });
  started.push(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return child;
}

const goes = (child: ChildProcess) => new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));

it('ends the agent of a runner that has ended, and names it', async () => {
  const left = await agent({});
  const gone = goes(left);
  const { removed } = await removeLeftovers();
  expect(removed).toContain(`agent ${left.pid} (client) of run leftovers-test`);
  expect(await gone).toBe('SIGKILL');
});

it('leaves alone what is not certainly its own: living runners, other pid namespaces, boots and users', async () => {
  const kept = [
    await agent({ runner: identityText(here) }),
    await agent({ runner: identityText({ ...here, started: '1', pidNamespace: '4026530000' }) }),
    await agent({ runner: identityText({ ...here, started: '1', boot: 'another-boot' }) }),
    await agent({ runner: '1' }),
    ...(process.getuid?.() === 0 ? [await agent({ uid: 54_321 })] : []),
  ];
  const { removed, left } = await removeLeftovers();
  const mentioned = [...removed, ...left].filter((line) => kept.some(({ pid }) => line.includes(`agent ${pid} `)));
  expect(mentioned).toEqual([]);
  expect(kept.map(({ signalCode, exitCode }) => signalCode ?? exitCode)).toEqual(kept.map(() => null));
});

it('prints no name that is not made of plain characters', async () => {
  const odd = [await agent({ run: '\u001b[31mx' }), await agent({ role: '\u001b]0;pwned\u0007' })];
  const said = await removeLeftovers();
  expect(JSON.stringify(said)).not.toMatch(/u001b|pwned/);
  expect(odd.map(({ signalCode }) => signalCode)).toEqual([null, null]);
});

it('reads an identity from an argument as it was written, and nothing else', () => {
  expect(parseIdentity(identityText(here))).toEqual({ ...here, machine: '' });
  for (const text of ['', '1', 'a/b/c/d', 'boot/1/0/1', 'boot/1/-5/1', '../1/2/3/4']) {
    expect(parseIdentity(text), text).toBeNull();
  }
});
