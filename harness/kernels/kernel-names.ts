import { basename } from 'node:path';
import type { ValidationIssue } from '../model/errors.ts';
import { shortened } from '../model/nearest.ts';

/** One column of `npm run kernels`: the machine's own kernel, one from the distribution's packages, or a file. */
export type KernelRequest =
  | { kind: 'host'; label: string }
  | { kind: 'package'; label: string; version: string }
  | { kind: 'file'; label: string; image: string; modules: string | null };

const field = '--kernels';
const versionPattern = /^\d+\.\d+(?:\.\d+)*(?:[-+~][\w.+~-]+)?$/;

/**
 * `host,6.12,6.1,./bzImage,modules=DIR` → the columns in this order; `modules=` belongs to the file before it.
 * Whether packages and files exist is checked later (kernel-packages.ts, command). Pure.
 */
export function readKernelNames(text: string): { kernels: KernelRequest[]; issues: ValidationIssue[] } {
  const kernels: KernelRequest[] = [];
  const issues: ValidationIssue[] = [];
  const problem = (message: string, hint: string) => issues.push({ field, message, hint });
  for (const part of text.split(',').map((one) => one.trim())) {
    const last = kernels.at(-1);
    if (part.startsWith('modules=')) {
      const folder = part.slice('modules='.length);
      if (last?.kind !== 'file') problem(`'${shortened(part)}' does not follow a kernel file`, './bzImage,modules=DIR');
      else if (last.modules !== null) problem(`${last.image} has two modules folders`, 'name one');
      else if (folder === '') problem('modules= names no folder', './bzImage,modules=lib/modules/6.9.0');
      else last.modules = folder;
      continue;
    }
    const kernel = readOne(part);
    if (kernel === null) {
      problem(part === '' ? 'a name is empty' : `'${shortened(part)}' is not a kernel`, 'host, 6.12, or ./bzImage');
    } else if (kernels.some((other) => other.label === kernel.label)) {
      problem(`'${shortened(part)}' is named twice`, 'name each kernel once');
    } else kernels.push(kernel);
  }
  return { kernels, issues };
}

function readOne(part: string): KernelRequest | null {
  if (part === 'host') return { kind: 'host', label: 'host' };
  if (part.includes('/')) {
    // The label names the column's folder.
    const label = basename(part).replace(/[^\w.+-]/g, '-');
    return label === '' || label.startsWith('.') ? null : { kind: 'file', label, image: part, modules: null };
  }
  return versionPattern.test(part) ? { kind: 'package', label: part, version: part } : null;
}

export interface PackagedKernel {
  /** As `uname -r` prints it. */
  release: string;
  /** Packages that contain it: the image, and on Ubuntu the modules. */
  packages: string[];
}

/**
 * The newest packaged kernel of this version, `6.1` → 6.1.0-56-amd64; `null`: none. `names`: all package names.
 * Debian packs image and modules together (linux-image-RELEASE-unsigned), Ubuntu apart
 * (linux-image-unsigned-RELEASE, linux-modules-RELEASE). Real-time and cloud builds are left out: the latter have no
 * 9p. Pure.
 */
export function newestPackage(version: string, names: readonly string[]): PackagedKernel | null {
  const known = new Set(names);
  const found = names.flatMap((name): PackagedKernel[] => {
    const debian = /^linux-image-(\d[\w.+~-]*-amd64)-unsigned$/.exec(name)?.[1];
    if (debian !== undefined) return [{ release: debian, packages: [name] }];
    const ubuntu = /^linux-image-unsigned-(\d[\w.+~-]*-generic)$/.exec(name)?.[1];
    if (ubuntu === undefined || !known.has(`linux-modules-${ubuntu}`)) return [];
    return [{ release: ubuntu, packages: [name, `linux-modules-${ubuntu}`] }];
  });
  const matching = found.filter(
    ({ release }) => matches(release, version) && !/-(rt|cloud)-(amd64|generic)$/.test(release),
  );
  return matching.sort((a, b) => compareReleases(a.release, b.release)).at(-1) ?? null;
}

/** `6.1` matches 6.1.0-56-amd64, but not 6.12.117. */
function matches(release: string, version: string): boolean {
  return release.startsWith(version) && !/\d/.test(release.charAt(version.length));
}

/** Releases by their numbers, so that 6.1.0-9 comes before 6.1.0-56. */
export function compareReleases(a: string, b: string): number {
  const [x, y] = [a, b].map((release) => (release.match(/\d+/g) ?? []).map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const difference = (x[i] ?? -1) - (y[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The newest packaged kernel of each `MAJOR.MINOR`, newest first. Pure. */
export function listedKernels(names: readonly string[]): { name: string; release: string }[] {
  const versions = names.flatMap((name) => /^linux-image-(?:unsigned-)?(\d+\.\d+)[.\w]/.exec(name)?.[1] ?? []);
  return [...new Set(versions)]
    .sort(compareReleases)
    .reverse()
    .flatMap((version) => {
      const found = newestPackage(version, names);
      return found === null ? [] : [{ name: version, release: found.release }];
    });
}
