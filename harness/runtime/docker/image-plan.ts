import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { broughtByImage } from '../../components/table.ts';
import { exitCode, HarnessError } from '../../model/errors.ts';
import { labCommand } from '../../model/lab-command.ts';
import type { SkipReason } from '../../model/runtime.ts';

/** One of the lab's images: `docker/<name>.Dockerfile` and the files that it copies. */
export interface ImageKind {
  readonly name: string;
  /** Components that it contains (components/table.ts). */
  readonly brings: readonly string[];
  /** Folder in docker/ that its Dockerfile copies. */
  readonly folder?: string;
  /** It has the whole lab, not only the agent. */
  readonly hasLab?: boolean;
}

/** All images; to add one, add a Dockerfile and a line here. */
export const imageKinds: readonly [ImageKind, ...ImageKind[]] = [
  { name: 'lab', brings: broughtByImage('lab') },
  { name: 'tomcat', brings: broughtByImage('tomcat') },
  { name: 'haproxy', brings: broughtByImage('haproxy') },
  { name: 'redis', brings: broughtByImage('redis') },
  { name: 'mariadb', brings: broughtByImage('mariadb') },
  { name: 'go', brings: broughtByImage('go'), folder: 'go-client' },
  { name: 'clients', brings: broughtByImage('clients'), folder: 'clients' },
];

/** The whole lab, to run in a pod or a container (docs/kubernetes.md); no peer uses it. Built by name only. */
export const runnerImage: ImageKind = { name: 'runner', brings: [], hasLab: true };

export const repository = 'timewait-lab';
/** Tag of the base built from Debian's packages, which is used if it exists. */
export const debootstrapBase = `${repository}/base:debootstrap`;

/** Base images by build argument; absent: the Dockerfiles' own defaults. */
export type BaseArguments = Readonly<Record<'BASE_IMAGE' | 'NODE_IMAGE', string>> | null;

/** An image to be built: everything that its tag depends on. */
export interface ImagePlan {
  readonly kind: ImageKind;
  /** `timewait-lab/lab:4f0c…`, the digest of everything below. */
  readonly tag: string;
  readonly buildArguments: Readonly<Record<string, string>>;
  /** Path in the build context → content. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** The image for a peer that needs these components; the first image if none has all of them. */
export function imageKindFor(needs: readonly string[]): ImageKind {
  return imageKinds.find((kind) => needs.every((one) => broughtBy([kind]).has(one))) ?? imageKinds[0];
}

export const buildHint = `${labCommand('images')} (without a registry: '${labCommand('images', '--base', 'debootstrap')}')`;

/** Why peers lack these components; the hint is the command that builds the images that contain them, if any do. */
export function missingInImages(requirements: readonly string[]): SkipReason {
  const all = broughtBy(imageKinds);
  const reason = `no built image contains: ${requirements.join(', ')}`;
  return { reason, ...(requirements.every((one) => all.has(one)) && { hint: buildHint }) };
}

/** All components of these images. */
export function broughtBy(kinds: readonly ImageKind[]): ReadonlySet<string> {
  return new Set(kinds.flatMap((kind) => kind.brings));
}

/**
 * The image for these sources. Unchanged sources give the same tag, so that nothing is built twice.
 * `baseId` is the base's id if it is known (a rebuilt local base is a different base).
 */
export function planImage(
  kind: ImageKind,
  base: BaseArguments,
  baseId: string | null,
  root = packageRoot(),
): ImagePlan {
  const files = new Map<string, Buffer>([
    ['Dockerfile', readFileSync(join(root, 'docker', `${kind.name}.Dockerfile`))],
    ...(kind.folder === undefined ? [] : folderFiles(join(root, 'docker'), kind.folder)),
    ...(kind.hasLab ? labFiles(root) : bundleFiles(join(root, 'dist'))),
  ]);
  const hash = createHash('sha256').update(JSON.stringify([base, baseId]));
  for (const [path, content] of files) hash.update(`\0${path}\0${content.length}\0`).update(content);
  return {
    kind,
    tag: `${repository}/${kind.name}:${hash.digest('hex').slice(0, 12)}`,
    buildArguments: base ?? {},
    files,
  };
}

/** Build argument and value of each `ARG …_IMAGE=value` of the Dockerfile. */
export function defaultBases(plan: ImagePlan): [string, string][] {
  const dockerfile = plan.files.get('Dockerfile')?.toString('utf8') ?? '';
  return [...dockerfile.matchAll(/^ARG (\w+_IMAGE)=(\S+)$/gm)].map((match) => [match[1] as string, match[2] as string]);
}

function folderFiles(parent: string, folder: string): [string, Buffer][] {
  const names = readdirSync(join(parent, folder)).sort();
  return names.map((name) => [`${folder}/${name}`, readFileSync(join(parent, folder, name))]);
}

/** The agent's bundle: every CommonJS file of dist/, in a fixed order. */
function bundleFiles(dist: string): [string, Buffer][] {
  let names: string[];
  try {
    names = readdirSync(dist).filter((name) => name.endsWith('.cjs'));
  } catch {
    names = [];
  }
  if (!names.includes('agent.cjs')) {
    throw new HarnessError('NOT_BUILT', `the agent's bundle is missing: ${join(dist, 'agent.cjs')}`, {
      exitCode: exitCode.unavailable,
      hint: 'npm run build',
    });
  }
  return names.sort().map((name) => [name, readFileSync(join(dist, name))]);
}

/** The installable command: what package.json, bin/ and dist/ have. */
function labFiles(root: string): [string, Buffer][] {
  bundleFiles(join(root, 'dist'));
  const paths = [
    'package.json',
    'bin/timewait-lab.mjs',
    ...readdirSync(join(root, 'dist'), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => `dist/${name}`),
  ];
  return paths.sort().map((path) => [path, readFileSync(join(root, path))]);
}

/** The checkout, two to four folders above this file, depending on whether it runs from source or from the bundle. */
export function packageRoot(from = dirname(fileURLToPath(import.meta.url))): string {
  for (let dir = from; dirname(dir) !== dir; dir = dirname(dir)) {
    try {
      const { name } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as { name?: string };
      if (name === 'timewait-lab') return dir;
    } catch {
      // Not here: try the parent.
    }
  }
  throw new HarnessError('NO_CHECKOUT', `no timewait-lab checkout above ${from}`, { exitCode: exitCode.unavailable });
}
