import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { buildFolder, ownFolder } from './own-cache.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'own-cache-'));
  vi.stubEnv('XDG_CACHE_HOME', join(parent, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(parent, { recursive: true, force: true });
});

it('builds next to a bundle that belongs to the caller', () => {
  expect(buildFolder(parent)).toBe(parent);
});

it("builds in the caller's private cache if the bundle belongs to another user", () => {
  expect(buildFolder(join(parent, 'missing'))).toBe(join(parent, 'cache', 'timewait-lab'));
  expect(statSync(join(parent, 'cache', 'timewait-lab')).mode & 0o777).toBe(0o700);
});

it('reuses its own folder', () => {
  expect(ownFolder(join(parent, 'mine'))).toBe(ownFolder(join(parent, 'mine')));
});

it('rejects a folder that others may write to', () => {
  mkdirSync(join(parent, 'open'));
  chmodSync(join(parent, 'open'), 0o777);
  expect(() => ownFolder(join(parent, 'open'))).toThrow(/is not owned by you/);
});

it('rejects a link in place of the folder', () => {
  mkdirSync(join(parent, 'elsewhere'));
  symlinkSync(join(parent, 'elsewhere'), join(parent, 'link'));
  expect(() => ownFolder(join(parent, 'link'))).toThrow(/is not owned by you/);
});

it('rejects a folder owned by another user', (context) => {
  if (process.geteuid?.() !== 0) context.skip('only root can create a folder owned by another user');
  mkdirSync(join(parent, 'theirs'), { mode: 0o700 });
  chownSync(join(parent, 'theirs'), 65534, 65534);
  expect(() => ownFolder(join(parent, 'theirs'))).toThrow(/is not owned by you/);
});

it('says what to do if the folder cannot be created', () => {
  writeFileSync(join(parent, 'file'), '');
  expect(() => ownFolder(join(parent, 'file', 'cache'))).toThrow(
    expect.objectContaining({ code: 'CACHE_NOT_WRITABLE', hint: 'set XDG_CACHE_HOME to a folder that you own' }),
  );
});
