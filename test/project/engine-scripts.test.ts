import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const scripts = join(import.meta.dirname, '..', '..', '.ci');
/** A user without an entry in passwd: the scripts compare numbers. */
const mallory = 54_321;

let folder = '';
let root = '';
let started: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'engine-scripts-'));
  chmodSync(folder, 0o755);
  root = join(folder, 'engine');
  // A daemon that answers whatever it is asked.
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'docker'), '#!/bin/sh\necho 1.2.3\n', { mode: 0o755 });
});

afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started = [];
  rmSync(folder, { recursive: true, force: true });
});

const run = (script: string, ...args: string[]) =>
  execa(join(scripts, script), args, {
    reject: false,
    env: { TIMEWAIT_LAB_ENGINE_ROOT: root, PATH: `${join(folder, 'bin')}:${process.env.PATH}` },
  });

/** A process of this name and with these arguments: a copy of bash that waits for its input. */
function named(name: string, ...args: string[]): ChildProcess {
  const program = join(folder, name);
  if (!existsSync(program)) copyFileSync('/bin/bash', program);
  const child = spawn(program, ['-c', 'read -r', ...args], { stdio: ['pipe', 'ignore', 'ignore'] });
  started.push(child);
  return child;
}

describe.runIf(process.getuid?.() === 0)('root does not use', () => {
  it.for([
    ['a folder of another user', () => chownSync(root, mallory, mallory)],
    ['a folder to which others may write', () => chmodSync(root, 0o777)],
    ['a folder that another user can rename', () => chownSync(folder, mallory, mallory)],
    ['a folder that any user can rename', () => chmodSync(folder, 0o777)],
    [
      'a link to one',
      () => {
        rmSync(root, { recursive: true });
        mkdirSync(join(folder, 'real'), { mode: 0o700 });
        symlinkSync(join(folder, 'real'), root);
        lchownSync(root, mallory, mallory);
      },
    ],
  ] as const)('%s', async ([, prepare]) => {
    mkdirSync(root, { mode: 0o700 });
    const victim = named('dockerd', `--pidfile=${join(root, 'docker.pid')}`);
    writeFileSync(join(root, 'docker.pid'), `${victim.pid}\n`);
    prepare();
    for (const [script, ...args] of [['engine'], ['engine-stop'], ['engine-stop', '--purge']] as const) {
      const { exitCode, stdout, stderr } = await run(script, ...args);
      expect({ exitCode, stdout }, script).toEqual({ exitCode: 3, stdout: '' });
      expect(stderr).toContain('set TIMEWAIT_LAB_ENGINE_ROOT');
    }
    expect(victim.exitCode ?? victim.signalCode).toBeNull();
    expect(existsSync(root)).toBe(true);
  });
});

describe.runIf(process.getuid?.() === 0)('in a folder of its own root', () => {
  beforeEach(() => mkdirSync(root, { mode: 0o700 }));

  it('finds the daemon that runs', async () => {
    const { exitCode, stdout } = await run('engine');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `export DOCKER_HOST=unix://${root}/docker.sock` });
  });

  it('ends its own daemon, and no other process that has its number by now', async () => {
    const other = named('dockerd', `--pidfile=${root}/docker.pid.other`);
    writeFileSync(join(root, 'docker.pid'), String(other.pid));
    expect((await run('engine-stop')).exitCode).toBe(0);
    expect(other.signalCode).toBeNull();
    const own = named('dockerd', `--pidfile=${root}/docker.pid`);
    const ended = new Promise((resolve) => own.once('exit', (_, signal) => resolve(signal)));
    writeFileSync(join(root, 'docker.pid'), String(own.pid));
    expect((await run('engine-stop', '--purge')).exitCode).toBe(0);
    expect(await ended).toBe('SIGTERM');
    expect(existsSync(root)).toBe(false);
  });
});

it('no script keeps a file of a fixed name in /tmp', () => {
  for (const script of ['engine', 'engine-folder', 'engine-stop', 'run', 'hosts']) {
    expect(readFileSync(join(scripts, script), 'utf8'), script).not.toMatch(/\/tmp\//);
  }
});
