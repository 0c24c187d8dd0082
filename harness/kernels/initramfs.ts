import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { causeText, exitCode, HarnessError } from '../model/errors.ts';
import { initScript, startScript } from './init-script.ts';
import type { Kernel } from './kernel-packages.ts';
import { moduleSet } from './modules.ts';

/** busybox-static installs it here; a dynamically linked one would need its libraries. */
export const busybox = '/bin/busybox';

/**
 * Builds the initial RAM disk of one kernel in `folder`: busybox, the two scripts, and the modules in the order in
 * which they are loaded. Returns its path. Takes 0.2 s, so it is built for every run.
 * Errors: MISSING_MODULE (exit 4), NO_INITRAMFS (exit 3).
 */
export async function buildInitramfs(kernel: Kernel, folder: string): Promise<string> {
  const { files, missing } = await modulesOf(kernel);
  if (missing.length > 0) {
    throw new HarnessError('MISSING_MODULE', `the kernel has no module ${missing.join(', ')}, and none is built in`, {
      exitCode: exitCode.cellFailed,
      hint: 'name the folder that modules_install wrote: ./bzImage,modules=DIR',
    });
  }
  const root = await mkdtemp(join(folder, 'initramfs-'));
  try {
    for (const name of ['bin', 'proc', 'sys', 'dev', 'modules']) await mkdir(join(root, name));
    await copyFile(busybox, join(root, 'bin', 'busybox'));
    if (kernel.config !== null) await copyFile(kernel.config, join(root, 'config'));
    const names: string[] = [];
    for (const file of files) names.push(await addModule(join(kernel.modules ?? '', file), join(root, 'modules')));
    await writeFile(join(root, 'modules.list'), names.map((name) => `${name}\n`).join(''));
    await writeFile(join(root, 'init'), initScript, { mode: 0o755 });
    await writeFile(join(root, 'start'), startScript);
    const archive = join(folder, 'initramfs');
    await pack(root, archive);
    return archive;
  } catch (error) {
    throw new HarnessError('NO_INITRAMFS', `the initial RAM disk could not be built: ${causeText(error)}`, {
      exitCode: exitCode.unavailable,
      hint: 'apt-get install busybox-static kmod cpio',
      cause: error,
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Without a modules folder nothing is known: the boot will show what is built in. */
async function modulesOf({ modules }: Kernel) {
  if (modules === null) return { files: [], missing: [] };
  const read = (name: string) => readFile(join(modules, name), 'utf8');
  try {
    return moduleSet(await read('modules.dep'), await read('modules.builtin').catch(() => ''));
  } catch (error) {
    throw new HarnessError('MISSING_MODULE', `${modules} has no readable modules.dep: ${causeText(error)}`, {
      exitCode: exitCode.cellFailed,
      hint: `depmod -b ROOT RELEASE writes it, where the folder is ROOT/lib/modules/RELEASE`,
    });
  }
}

/** Copies one module, decompressed, because busybox cannot load compressed ones. Returns its file name. */
async function addModule(file: string, folder: string): Promise<string> {
  const name = basename(file);
  const packer = { '.xz': 'xz', '.zst': 'zstd', '.gz': 'gzip' }[/\.(?:xz|zst|gz)$/.exec(name)?.[0] ?? ''];
  const plain = name.replace(/\.(xz|zst|gz)$/, '');
  if (packer === undefined) await copyFile(file, join(folder, plain));
  else {
    const { stdout } = await execa(packer, ['-dc', file], { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 });
    await writeFile(join(folder, plain), stdout);
  }
  return plain;
}

async function pack(root: string, archive: string): Promise<void> {
  const names = await listed(root, '.');
  const part = `${archive}.part`;
  // Owner 0:0, whoever builds it; newc is the format that the kernel unpacks.
  await execa('cpio', ['--create', '--quiet', '--format=newc', '--owner=0:0'], {
    cwd: root,
    input: names.map((name) => `${name}\n`).join(''),
    stdout: { file: part },
  });
  await rename(part, archive);
}

async function listed(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const below = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? [path, ...(await listed(root, path))] : [path];
    }),
  );
  return below.flat();
}
