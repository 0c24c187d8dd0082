import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { readKernelsArguments } from './kernels-arguments.ts';

it.runIf(process.geteuid?.() === 0)('as root refuses a kernel or modules that another user can replace', async () => {
  vi.stubEnv('SUDO_UID', '');
  const folder = mkdtempSync(join(tmpdir(), 'kernels-'));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  chmodSync(folder, 0o755);
  const image = join(folder, 'bzImage');
  writeFileSync(image, '');
  mkdirSync(join(folder, 'modules'));
  const asked = (kernels: string) =>
    readKernelsArguments({
      names: ['short-conn'],
      all: false,
      quick: true,
      sysctl: [],
      out: join(folder, 'out'),
      kernels,
    });
  const both = `${image},modules=${join(folder, 'modules')}`;
  expect((await asked(both)).kernels).toHaveLength(1);
  chownSync(join(folder, 'modules'), 54_321, 54_321);
  chownSync(image, 54_321, 54_321);
  await expect(asked(both)).rejects.toMatchObject({
    exitCode: 2,
    issues: [image, join(folder, 'modules')].map((file) => ({
      field: '--kernels',
      message: expect.stringContaining(`root does not boot ${file}: ${file} belongs to another user`),
    })),
  });
});
