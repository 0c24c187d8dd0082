import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { clientFiles, clientsFolder } from './clients-folder.ts';

const root = join(import.meta.dirname, '..', '..', '..');

it('is docker/clients of the package, or next to the agent in an image', () => {
  expect(clientsFolder(join(root, 'dist'))).toBe(join(root, 'docker', 'clients'));
  expect(existsSync(join(clientsFolder(join(root, 'dist')), 'report.mjs'))).toBe(true);
  const image = mkdtempSync(join(tmpdir(), 'image-'));
  mkdirSync(join(image, 'clients'));
  expect(clientsFolder(image)).toBe(join(image, 'clients'));
});

it('finds its files among the arguments', () => {
  expect(clientFiles(['-u', '/c/a.py', '/cc/b.py', 'http://h/c/a.py'], '/c')).toEqual([
    { path: '/c/a.py', as: 'file' },
  ]);
});
