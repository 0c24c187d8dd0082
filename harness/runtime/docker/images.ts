import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { exitCode, HarnessError } from '../../model/errors.ts';
import type { Engine } from './engine.ts';
import { engineError, engineWords, refusalStatus } from './engine.ts';
import {
  type BaseArguments,
  debootstrapBase,
  defaultBases,
  type ImageKind,
  type ImagePlan,
  planImage,
  repository,
} from './image-plan.ts';

/** Label of every image of the lab: its kind's name. */
const kindLabel = `${repository}.image`;

/** A line of progress, for stderr. */
export type Progress = (line: string) => void;

/** The plan of an image with the base that this engine has or will fetch. */
export async function planImageHere(engine: Engine, kind: ImageKind, base?: string): Promise<ImagePlan> {
  const chosen = base ?? process.env.TIMEWAIT_LAB_BASE_IMAGE ?? null;
  if (chosen !== null) return planImage(kind, sameBase(chosen), await imageId(engine, chosen));
  const local = await imageId(engine, debootstrapBase);
  return local === null ? planImage(kind, null, null) : planImage(kind, sameBase(debootstrapBase), local);
}

function sameBase(image: string): BaseArguments {
  return { BASE_IMAGE: image, NODE_IMAGE: image };
}

export async function isBuilt(engine: Engine, plan: ImagePlan): Promise<boolean> {
  return (await imageId(engine, plan.tag)) !== null;
}

/**
 * Names of the kinds of which the engine has an image, of whatever sources: of older ones only the last layer
 * differs as a rule, which takes a moment.
 */
export async function builtKinds(engine: Engine): Promise<ReadonlySet<string>> {
  try {
    const images = await engine.docker.listImages({ filters: JSON.stringify({ label: [kindLabel] }) });
    return new Set(images.flatMap((image) => (image.RepoTags ? (image.Labels?.[kindLabel] ?? []) : [])));
  } catch (error) {
    throw engineError(error, 'looking for images');
  }
}

/** Id of an image that the engine has; `null`: it has none of that name. */
export async function imageId(engine: Engine, reference: string): Promise<string | null> {
  try {
    return (await engine.docker.getImage(reference).inspect()).Id;
  } catch (error) {
    if (refusalStatus(error) === 404) return null;
    throw engineError(error, `looking for the image ${reference}`);
  }
}

/**
 * Builds an image unless it is there already.
 * Errors: BUILD_FAILED with the engine's words and the end of the build's output.
 */
export async function ensureImage(engine: Engine, plan: ImagePlan, progress: Progress): Promise<'built' | 'present'> {
  if (await isBuilt(engine, plan)) return 'present';
  progress(`building ${plan.tag}`);
  const startedAt = performance.now();
  const output: string[] = [];
  try {
    const buildargs =
      Object.keys(plan.buildArguments).length === 0
        ? await pinnedBases(engine, plan, progress)
        : { ...plan.buildArguments };
    const stream = await engine.docker.buildImage(contextTar(plan), {
      t: plan.tag,
      buildargs,
      // The build installs packages: with the machine's network it needs no NAT of the engine's.
      networkmode: 'host',
      labels: { [kindLabel]: plan.kind.name, [`${repository}.base`]: Object.values(buildargs).join(' ') },
      rm: true,
      forcerm: true,
    });
    await follow(engine, stream, (line) => {
      output.push(line);
      if (line.startsWith('Step ')) progress(`  ${line}`);
    });
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    const tail = output.slice(-8).join('\n');
    throw new HarnessError('BUILD_FAILED', `could not build ${plan.tag}`, {
      exitCode: exitCode.unavailable,
      hint: 'without a registry: npm run images -- --base debootstrap',
      cause: `${engineWords(error)}\n${tail}`.trim(),
    });
  }
  progress(`built ${plan.tag} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return 'built';
}

/**
 * The Dockerfile's own base images, by the digest that the registry gave: a moved tag cannot change an image
 * between two steps of its build, and the image says by label what it stands on.
 */
async function pinnedBases(engine: Engine, plan: ImagePlan, progress: Progress): Promise<Record<string, string>> {
  const bases: Record<string, string> = {};
  for (const [argument, reference] of defaultBases(plan)) {
    progress(`  pulling ${reference}`);
    await follow(engine, await engine.docker.pull(reference), () => {});
    const { RepoDigests } = await engine.docker.getImage(reference).inspect();
    bases[argument] = RepoDigests?.[0] ?? reference;
  }
  return bases;
}

/** Fetches a foreign image unless the engine has it. */
export async function ensureForeignImage(engine: Engine, reference: string, progress: Progress): Promise<void> {
  if ((await imageId(engine, reference)) !== null) return;
  progress(`pulling ${reference}`);
  try {
    await follow(engine, await engine.docker.pull(reference), () => {});
  } catch (error) {
    throw new HarnessError('NO_IMAGE', `the image ${reference} is not to be had`, {
      exitCode: exitCode.unavailable,
      hint: `check the name, or load it by hand: docker pull ${reference}`,
      cause: engineWords(error),
    });
  }
}

/** Reads a build's or pull's progress to its end; rejects with the error it reports. */
async function follow(engine: Engine, stream: NodeJS.ReadableStream, onLine: (line: string) => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    engine.docker.modem.followProgress(
      stream,
      (error, events: { error?: string }[] = []) => {
        const reported = events.find((event) => event.error !== undefined)?.error;
        if (error) reject(error);
        else if (reported !== undefined) reject(new Error(reported));
        else resolve();
      },
      (event: { stream?: string; status?: string }) => {
        for (const line of (event.stream ?? event.status ?? '').split('\n')) {
          if (line.trim() !== '') onLine(line.trimEnd());
        }
      },
    );
  });
}

function contextTar(plan: ImagePlan): Readable {
  const tar = pack();
  // One time for all: the engine's build cache goes by content, not by when a bundle was made.
  for (const [name, content] of plan.files) tar.entry({ name, mtime: new Date(0), mode: 0o644 }, content);
  tar.finalize();
  return Readable.from(tar);
}

/** Removes images of the same kind under another tag: each change of the sources leaves one. Those in use stay. */
export async function removeOlderImages(engine: Engine, plan: ImagePlan): Promise<void> {
  const prefix = `${repository}/${plan.kind.name}:`;
  const images = await engine.docker.listImages().catch(() => []);
  for (const tag of images.flatMap((image) => image.RepoTags ?? [])) {
    if (!tag.replace(/^localhost\//, '').startsWith(prefix) || tag.endsWith(plan.tag)) continue;
    await engine.docker
      .getImage(tag)
      .remove()
      .catch(() => {});
  }
}
