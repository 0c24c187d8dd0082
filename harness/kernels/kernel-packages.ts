import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import * as z from 'zod';
import { ownFolder } from '../components/own-cache.ts';
import { causeText, exitCode, HarnessError } from '../model/errors.ts';
import { newestPackage, type PackagedKernel } from './kernel-names.ts';

/** A kernel that can be booted. */
export interface Kernel {
  /** As `uname -r` will print it; `null`: from a file, not known before it boots. */
  release: string | null;
  image: string;
  /** The folder with kernel/ and modules.order, such as lib/modules/6.1.0-56-amd64; `null`: everything is built in. */
  modules: string | null;
  /** Build configuration; `null`: not found. Names CONFIG_HZ. */
  config: string | null;
}

/** `kernel.json` in the cache: where the files come from. */
const Origin = z.strictObject({
  release: z.string(),
  /** Package file → SHA-256, as the package index states it and as it was checked after the download. */
  packages: z.record(z.string(), z.string()),
  imageSha256: z.string(),
});

/** Folders of modules that are kept: those that moduleSet() can need. The other nine tenths are for hardware. */
const keptModules = ['fs', 'net', 'lib', 'crypto', 'arch', 'drivers/virtio', 'drivers/net/veth'];

/** Names of all packages that apt knows. Errors: NO_APT (exit 3). */
export async function packageNames(): Promise<string[]> {
  try {
    const { stdout } = await execa('apt-cache', ['pkgnames', 'linux-']);
    return stdout.split('\n');
  } catch (error) {
    throw new HarnessError('NO_APT', `apt-cache does not answer: ${causeText(error)}`, {
      exitCode: exitCode.unavailable,
      hint: 'kernels by version come from Debian or Ubuntu packages; elsewhere name a file: ./bzImage,modules=DIR',
    });
  }
}

/**
 * The kernel of this version from the cache, or from its packages: downloaded, checked against the index, unpacked,
 * never installed. `cache`: a folder that the caller owns. Errors: NO_KERNEL (exit 3), with apt's own message.
 */
export async function packagedKernel(
  version: string,
  names: readonly string[],
  cache: string,
  say: (text: string) => void,
): Promise<Kernel> {
  const found = newestPackage(version, names);
  if (found === null) {
    throw new HarnessError('NO_KERNEL', `no package contains Linux ${version}`, {
      exitCode: exitCode.unavailable,
      hint: "'apt-get update' may help; npm run kernels -- --list shows what there is",
    });
  }
  const folder = join(ownFolder(cache), found.release);
  const cached = await fromCache(folder);
  if (cached !== null) return cached;
  say(`downloading ${found.packages.join(', ')}`);
  const part = await mkdtemp(join(cache, '.part-'));
  try {
    await unpack(found, part);
    await rm(folder, { recursive: true, force: true });
    await rename(join(part, 'kept'), folder);
  } catch (error) {
    throw new HarnessError('NO_KERNEL', `Linux ${found.release} could not be unpacked: ${causeText(error)}`, {
      exitCode: exitCode.unavailable,
      hint: `'apt-get download ${found.packages.join(' ')}' must work here, with 1 GB free in ${cache}`,
      cause: error,
    });
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  const kernel = await fromCache(folder);
  if (kernel === null) throw new HarnessError('NO_KERNEL', `Linux ${found.release} is not complete in ${folder}`);
  return kernel;
}

/** `null`: not there, or its image is not the one that was unpacked. */
async function fromCache(folder: string): Promise<Kernel | null> {
  try {
    const origin = Origin.parse(JSON.parse(await readFile(join(folder, 'kernel.json'), 'utf8')));
    const image = join(folder, 'vmlinuz');
    if ((await sha256(image)) !== origin.imageSha256) return null;
    const modules = join(folder, 'modules', 'lib', 'modules', origin.release);
    await access(modules);
    return { release: origin.release, image, modules, config: await orNull(join(folder, 'config')) };
  } catch {
    return null;
  }
}

async function unpack({ release, packages }: PackagedKernel, part: string): Promise<void> {
  const origin: z.infer<typeof Origin> = { release, packages: {}, imageSha256: '' };
  const root = join(part, 'root');
  await mkdir(root);
  await execa('apt-get', ['download', ...packages], { cwd: part });
  for (const file of (await readdir(part)).filter((name) => name.endsWith('.deb'))) {
    const digest = await sha256(join(part, file));
    const { stdout } = await execa('apt-cache', ['show', file.split('_')[0] ?? '']);
    if (!stdout.includes(`SHA256: ${digest}`)) throw new Error(`${file} is not the file that the package index states`);
    origin.packages[file] = digest;
    await execa('dpkg-deb', ['--extract', join(part, file), root]);
  }
  const kept = join(part, 'kept');
  const from = join(root, 'lib', 'modules', release);
  const to = join(kept, 'modules', 'lib', 'modules', release);
  await mkdir(join(to, 'kernel', 'drivers', 'net'), { recursive: true });
  await rename(join(root, 'boot', `vmlinuz-${release}`), join(kept, 'vmlinuz'));
  await rename(join(root, 'boot', `config-${release}`), join(kept, 'config')).catch(() => {});
  for (const file of (await readdir(from)).filter((name) => /^modules\.(order|builtin)/.test(name))) {
    await rename(join(from, file), join(to, file));
  }
  for (const folder of keptModules) {
    for (const suffix of ['', '.ko', '.ko.xz', '.ko.zst']) {
      await rename(join(from, 'kernel', folder + suffix), join(to, 'kernel', folder + suffix)).catch(() => {});
    }
  }
  // Packages leave modules.dep to depmod, which runs when they are installed.
  await execa('depmod', ['--basedir', join(kept, 'modules'), release], { env: withSbin() });
  origin.imageSha256 = await sha256(join(kept, 'vmlinuz'));
  await writeFile(join(kept, 'kernel.json'), `${JSON.stringify(origin, null, 1)}\n`);
}

/** depmod and modprobe are in /usr/sbin, which is not on an ordinary user's PATH. */
export function withSbin(): Record<string, string> {
  return { PATH: `${process.env.PATH ?? '/usr/bin:/bin'}:/usr/sbin:/sbin` };
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function orNull(file: string): Promise<string | null> {
  return access(file).then(
    () => file,
    () => null,
  );
}
