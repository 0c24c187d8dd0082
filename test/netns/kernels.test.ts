import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildFolder } from '../../harness/components/own-cache.ts';
import { newestPackage } from '../../harness/kernels/kernel-names.ts';
import { packagedKernel, packageNames } from '../../harness/kernels/kernel-packages.ts';
import { kernelsFolder, missingKernelPackages } from '../../harness/kernels/prepare.ts';
import { KernelsRecord } from '../../harness/model/kernels-record.ts';
import { Report } from '../../harness/model/report.ts';
import { requireOrSkip } from '../require.ts';
import { cli, root } from './stack.ts';

/** The oldest kernel that Debian 12 has as a package. */
const version = '6.1';
let folder = '';

beforeEach(async (context) => {
  requireOrSkip('kernels', await missing(), context);
  folder = mkdtempSync(join(tmpdir(), 'timewait-lab-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function missing(): Promise<string | null> {
  const packages = missingKernelPackages();
  if (packages.length > 0) return `not installed: ${packages.join(', ')}`;
  const names = await packageNames().catch(() => []);
  return newestPackage(version, names) === null ? `no package contains Linux ${version}` : null;
}

function kernels(args: readonly string[]) {
  const out = join(folder, 'out');
  const child = execa(process.execPath, [cli, 'kernels', ...args, '--out', out], { cwd: root, reject: false });
  return { child, out, record: () => KernelsRecord.parse(JSON.parse(readFileSync(join(out, 'kernels.json'), 'utf8'))) };
}

/** Command lines of processes that have this path in theirs: QEMU's contains the run's folder. */
function processesWith(path: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
      } catch {
        return [];
      }
    })
    .filter((line) => line.includes('qemu-system') && line.includes(path));
}

it('runs a scenario under another kernel: its ledger balances, and what it lacks is skipped', async () => {
  const profiles = 'tw-reuse-1,reuse-delay-100ms';
  const { child, out, record } = kernels([
    'short-conn',
    '--kernels',
    `${version},host`,
    '--quick',
    '--profiles',
    profiles,
  ]);
  await child;
  const [other, host] = record().columns;
  expect(other).toMatchObject({ label: version, state: 'ran', reason: null });
  expect(other?.kernel).toMatch(/^6\.1\./);
  expect(host).toMatchObject({ label: 'host', state: 'ran', accelerator: 'native' });
  expect(Math.abs(other?.clockError ?? 1)).toBeLessThan(0.01);
  const { cells } = Report.parse(JSON.parse(readFileSync(join(out, version, 'report.json'), 'utf8')));
  const [reuse, delay] = cells;
  expect(reuse && 'ledger' in reuse && reuse.ledger.closes).toBe(true);
  expect(delay).toMatchObject({ verdict: 'skipped', reason: expect.stringContaining('tcp_tw_reuse_delay') });
  expect(readdirSync(join(out, version)).sort()).not.toContain('initramfs');
  expect(processesWith(folder)).toEqual([]);
}, 400_000);

it('leaves no virtual machine behind a SIGKILL of the runner', async () => {
  const { child } = kernels(['linger-rst', '--kernels', version, '--quick']);
  for (let i = 0; i < 600 && processesWith(folder).length === 0; i++) await sleep(100);
  expect(processesWith(folder)).toHaveLength(1);
  child.kill('SIGKILL');
  await child;
  for (let i = 0; i < 50 && processesWith(folder).length > 0; i++) await sleep(100);
  expect(processesWith(folder)).toEqual([]);
});

it('shows a kernel without its modules as failed, with the reason, and the host beside it', async () => {
  const kernel = await packagedKernel(
    version,
    await packageNames(),
    kernelsFolder(buildFolder(join(root, 'dist'))),
    () => {},
  );
  const modules = join(folder, 'modules');
  mkdirSync(modules);
  writeFileSync(join(modules, 'modules.dep'), '');
  const args = ['linger-rst', '--profiles', 'tw-reuse-0', '--quick', '--duration', '1s'];
  const { child, record } = kernels([...args, '--kernels', `${kernel.image},modules=${modules},host`]);
  const { exitCode, stdout } = await child;
  const [failed, host] = record().columns;
  expect(failed).toMatchObject({ state: 'failed', reason: expect.stringContaining('9p') });
  expect(host).toMatchObject({ state: 'ran', exitCode: 0 });
  expect(stdout).toContain('the kernel has no module');
  expect(exitCode).toBe(4);
  expect(existsSync(join(folder, 'out', 'vmlinuz', 'initramfs'))).toBe(false);
});

it('shows a kernel that cannot mount the host as failed, with the last console lines', async () => {
  const kernel = await packagedKernel(
    version,
    await packageNames(),
    kernelsFolder(buildFolder(join(root, 'dist'))),
    () => {},
  );
  // Without modules nothing can be mounted: process 1 says so and turns the machine off.
  const args = ['linger-rst', '--profiles', 'tw-reuse-0', '--quick', '--duration', '1s', '--kernels', kernel.image];
  const { child, record } = kernels(args);
  const { exitCode } = await child;
  expect(exitCode).toBe(4);
  const [failed] = record().columns;
  expect(failed?.state).toBe('failed');
  expect(failed?.reason).toContain('cannot be mounted');
  expect(failed?.lastLines.join('\n')).toContain('mount');
});
