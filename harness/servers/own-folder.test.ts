import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inOwnFolder } from './own-folder.ts';

const server = { version: null, closes: '', broken: new Promise<never>(() => {}), stop: async () => {} };

it('removes the folder when the server stops', async () => {
  let folder = '';
  const running = await inOwnFolder('test', async (own) => {
    folder = own;
    writeFileSync(join(own, 'file'), '');
    return server;
  });
  expect(existsSync(folder)).toBe(true);
  await running.stop();
  expect(existsSync(folder)).toBe(false);
});

it('removes the folder when the server does not start', async () => {
  let folder = '';
  const failing = inOwnFolder('test', async (own) => {
    folder = own;
    throw new Error('no port');
  });
  await expect(failing).rejects.toThrow('no port');
  expect(existsSync(folder)).toBe(false);
});
