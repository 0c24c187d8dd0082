import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  makeTemporary,
  removeLeftTemporary,
  removeOwnTemporary,
  temporaryFolder,
  temporaryVariable,
} from './temporary.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'temporary-'));
  vi.stubEnv('TMPDIR', parent);
  vi.stubEnv(temporaryVariable, undefined);
});
afterEach(() => {
  removeOwnTemporary();
  vi.unstubAllEnvs();
  rmSync(parent, { recursive: true, force: true });
});

it.runIf(process.platform === 'linux')('is one folder per run, for the caller alone, that names its process', () => {
  const folder = temporaryFolder();
  expect(basename(folder)).toMatch(new RegExp(`^timewait-lab-run-[0-9a-f]{8}-${process.pid}-\\d+$`));
  expect(lstatSync(folder).mode & 0o777).toBe(0o700);
  const [one, other] = [makeTemporary('nginx'), makeTemporary('nginx')];
  expect(one).not.toBe(other);
  expect(readdirSync(parent)).toEqual([basename(folder)]);
  removeOwnTemporary();
  expect(readdirSync(parent)).toEqual([]);
});

it('is the folder of the runner, where an agent gets one', () => {
  const given = join(parent, 'runner');
  mkdirSync(given, { mode: 0o700 });
  vi.stubEnv(temporaryVariable, given);
  expect(temporaryFolder()).toBe(given);
});

it.runIf(process.platform === 'linux')('never uses a link or a folder that others can write to', () => {
  const folder = temporaryFolder();
  removeOwnTemporary();
  symlinkSync(parent, folder);
  expect(() => temporaryFolder()).toThrow(/cannot be used/);
});

it.runIf(process.platform === 'linux')('removes the folders of ended processes, and no others', () => {
  const mine = temporaryFolder();
  const [, place] = /run-([0-9a-f]{8})-/.exec(mine) ?? [];
  const dead = join(parent, `timewait-lab-run-${place}-4194305-17`);
  const reused = join(parent, `timewait-lab-run-${place}-${process.pid}-17`);
  const elsewhere = join(parent, 'timewait-lab-run-00000000-4194305-17');
  const target = join(parent, 'target');
  const link = join(parent, `timewait-lab-run-${place}-4194306-17`);
  for (const folder of [dead, reused, elsewhere, target]) {
    mkdirSync(join(folder, 'nginx'), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'nginx', 'pid'), '1');
  }
  symlinkSync(target, link);
  expect(removeLeftTemporary()).toEqual({
    removed: expect.arrayContaining([`temporary folder ${dead}`, `temporary folder ${reused}`]),
    left: [],
  });
  expect([dead, reused, mine, elsewhere, link, join(target, 'nginx', 'pid')].map((path) => existsSync(path))).toEqual([
    false,
    false,
    true,
    true,
    true,
    true,
  ]);
});
