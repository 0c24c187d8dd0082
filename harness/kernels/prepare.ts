import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { exitCode, HarnessError } from '../model/errors.ts';
import { busybox } from './initramfs.ts';
import type { KernelRequest } from './kernel-names.ts';
import { type Kernel, packagedKernel, packageNames, withSbin } from './kernel-packages.ts';
import { qemu } from './virtual-machine.ts';

/** Programs that other kernels need, by the Debian package that has them. */
export const kernelPrograms: Readonly<Record<string, readonly string[]>> = {
  'qemu-system-x86': [qemu],
  'busybox-static': [busybox],
  kmod: ['depmod'],
  cpio: ['cpio'],
};

/** The command that installs all of them. */
export const kernelsInstallLine = `apt-get install -y --no-install-recommends ${Object.keys(kernelPrograms).join(' ')}`;

/** Packages of which a program is missing. */
export function missingKernelPackages(): string[] {
  const folders = (withSbin().PATH ?? '').split(delimiter);
  const isThere = (program: string) =>
    program.startsWith('/') ? existsSync(program) : folders.some((folder) => isProgram(join(folder, program)));
  return Object.keys(kernelPrograms).filter((name) => !(kernelPrograms[name] ?? []).every(isThere));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where kernels are kept, in the folder of what the lab builds. */
export function kernelsFolder(build: string): string {
  return join(build, 'kernels');
}

/**
 * Makes sure that every kernel can be booted, before anything runs; `kernel` is `null` for the machine's own.
 * Errors: MISSING_PROGRAM, WRONG_CPU, NO_APT, NO_KERNEL (exit 3).
 */
export async function prepareKernels(
  requests: readonly KernelRequest[],
  cache: string,
  say: (text: string) => void,
): Promise<{ label: string; kernel: Kernel | null }[]> {
  if (requests.every(({ kind }) => kind === 'host')) return requests.map(({ label }) => ({ label, kernel: null }));
  if (process.arch !== 'x64') {
    throw new HarnessError('WRONG_CPU', `other kernels can be booted on x86-64 only, not ${process.arch}`, {
      exitCode: exitCode.unavailable,
    });
  }
  const missing = missingKernelPackages();
  if (missing.length > 0) {
    throw new HarnessError('MISSING_PROGRAM', `not installed on this machine: ${missing.join(', ')}`, {
      exitCode: exitCode.unavailable,
      hint: kernelsInstallLine,
    });
  }
  const names = requests.some(({ kind }) => kind === 'package') ? await packageNames() : [];
  const kernels: { label: string; kernel: Kernel | null }[] = [];
  for (const request of requests)
    kernels.push({ label: request.label, kernel: await kernelOf(request, names, cache, say) });
  return kernels;
}

async function kernelOf(request: KernelRequest, names: readonly string[], cache: string, say: (text: string) => void) {
  if (request.kind === 'host') return null;
  if (request.kind === 'package') return packagedKernel(request.version, names, cache, say);
  const modules = request.modules === null ? null : resolve(request.modules);
  return { release: null, image: resolve(request.image), modules, config: null };
}
