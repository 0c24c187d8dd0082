import { lstatSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { passedOnEnvironment } from './environment.ts';
import { handOver, type ProgramRights, programEnvironment, programUser, withRights } from './program-rights.ts';

const rights: ProgramRights = {
  user: { uid: 1000, gid: 100, home: '/home/alice' },
  capabilities: 'none',
  ownProc: true,
  machine: 'net:[1]',
};

it('passes on what a program needs to start, and nothing else', () => {
  const environment = { PATH: '/bin', HOME: '/root', LC_ALL: 'C', TIMEWAIT_LAB_CASE: 'x' };
  expect(
    passedOnEnvironment({ ...environment, AWS_SECRET_ACCESS_KEY: 'y', LD_PRELOAD: '/tmp/a', NODE_OPTIONS: '-r' }),
  ).toEqual(environment);
});

it('gives programs the home of their user and not the instructions of the agent', () => {
  const agent = { PATH: '/bin', HOME: '/root', TIMEWAIT_LAB_RIGHTS: '{}' };
  expect(programEnvironment(rights, agent)).toEqual({ PATH: '/bin', HOME: '/home/alice' });
  expect(programEnvironment({ ...rights, user: null }, agent)).toEqual({ PATH: '/bin', HOME: '/root' });
  expect(programEnvironment(null, agent)).toEqual(agent);
});

it('takes the user who called sudo, and nobody where there is none or it is root', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\nalice:x:1000:100::/home/alice:/bin/sh\n';
  expect(programUser({ SUDO_UID: '1000', SUDO_GID: '100' }, passwd)).toEqual(rights.user);
  for (const SUDO_UID of [undefined, '0', '', '-1', '1000; id']) {
    expect(programUser({ SUDO_UID, SUDO_GID: '100' }, passwd)).toEqual({ uid: 65_534, gid: 65_534, home: '/' });
  }
});

it('starts a command in its place, with every right removed before it', () => {
  const { command, args } = withRights(rights, { command: '-odd', args: ['--clear-groups'] });
  expect([command, ...args].join(' ')).toBe(
    'unshare --mount-proc setpriv --reuid=1000 --regid=100 --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs -- -odd --clear-groups',
  );
  expect(withRights({ ...rights, user: null, ownProc: false }, { command: 'a', args: [] }).args).not.toContain(
    '--clear-groups',
  );
  const plain = { command: 'a', args: ['b'] };
  expect(withRights({ ...rights, capabilities: 'all' }, plain)).toEqual(plain);
  expect(withRights(null, plain)).toEqual(plain);
});

describe.runIf(process.getuid?.() === 0)('handOver, as root', () => {
  it('gives a folder away, with what is in it, and lets the user through those above it', () => {
    const parent = mkdtempSync(join(tmpdir(), 'hand-over-'));
    onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
    const folder = join(parent, 'server');
    mkdirSync(join(folder, 'deep'), { recursive: true, mode: 0o700 });
    const victim = join(parent, 'victim');
    writeFileSync(victim, '', { mode: 0o600 });
    symlinkSync(victim, join(folder, 'deep', 'link'));
    handOver(folder, rights);
    for (const given of ['', 'deep', 'deep/link']) expect(lstatSync(join(folder, given)).uid).toBe(1000);
    expect(statSync(victim).uid).toBe(0);
    expect(statSync(parent).mode & 0o777).toBe(0o711);
  });

  it('says so where the user cannot reach it', () => {
    const parent = mkdtempSync('/var/tmp/hand-over-');
    onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
    mkdirSync(join(parent, 'server'), { mode: 0o700 });
    expect(() => handOver(join(parent, 'server'), rights)).toThrow(
      expect.objectContaining({ code: 'TEMPORARY_NOT_REACHABLE', hint: expect.stringContaining('TMPDIR') }),
    );
  });
});
