import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { exitCode, HarnessError } from '../../model/errors.ts';
import { labCommand } from '../../model/lab-command.ts';
import type { DockerApi } from './docker-api.ts';
import { dockerError, dockerMessage, refusalStatus } from './docker-api.ts';
import {
  type BaseArguments,
  debootstrapBase,
  defaultBases,
  type ImageKind,
  type ImagePlan,
  planImage,
  repository,
} from './image-plan.ts';

/** Label on every image of the lab, with the name of its kind. */
const kindLabel = `${repository}.image`;

/** Receives a line of progress, for stderr. */
export type Progress = (line: string) => void;

/** The plan of an image on the base that this daemon has or will pull. */
export async function planImageHere(api: DockerApi, kind: ImageKind, base?: string): Promise<ImagePlan> {
  const chosen = base ?? process.env.TIMEWAIT_LAB_BASE_IMAGE ?? null;
  if (chosen !== null) return planImage(kind, sameBase(chosen), await imageId(api, chosen));
  const local = await imageId(api, debootstrapBase);
  return local === null ? planImage(kind, null, null) : planImage(kind, sameBase(debootstrapBase), local);
}

function sameBase(image: string): BaseArguments {
  return { BASE_IMAGE: image, NODE_IMAGE: image };
}

export async function isBuilt(api: DockerApi, plan: ImagePlan): Promise<boolean> {
  return (await imageId(api, plan.tag)) !== null;
}

/**
 * Names of the kinds for which the daemon has an image, even an outdated one: usually only its last layer differs,
 * which is rebuilt quickly.
 */
export async function builtKinds(api: DockerApi): Promise<ReadonlySet<string>> {
  try {
    const images = await api.docker.listImages({ filters: JSON.stringify({ label: [kindLabel] }) });
    return new Set(images.flatMap((image) => (image.RepoTags ? (image.Labels?.[kindLabel] ?? []) : [])));
  } catch (error) {
    throw dockerError(error, 'looking for images');
  }
}

/** Id of an image; `null`: the daemon does not have it. */
export async function imageId(api: DockerApi, reference: string): Promise<string | null> {
  try {
    return (await api.docker.getImage(reference).inspect()).Id;
  } catch (error) {
    if (refusalStatus(error) === 404) return null;
    throw dockerError(error, `looking for the image ${reference}`);
  }
}

/**
 * Builds an image unless it exists.
 * Errors: BUILD_FAILED with the daemon's message and the end of the build's output.
 */
export async function ensureImage(api: DockerApi, plan: ImagePlan, progress: Progress): Promise<'built' | 'present'> {
  if (await isBuilt(api, plan)) return 'present';
  progress(`building ${plan.tag}`);
  const startedAt = performance.now();
  const output: string[] = [];
  try {
    const buildargs =
      Object.keys(plan.buildArguments).length === 0
        ? await pinnedBases(api, plan, progress)
        : { ...plan.buildArguments };
    await refuseTriggers(api, plan, [...new Set(Object.values(buildargs))], progress);
    const stream = await api.docker.buildImage(contextTar(plan), {
      t: plan.tag,
      buildargs,
      // The build installs packages; on the machine's network it does not need the daemon's NAT.
      networkmode: 'host',
      labels: { [kindLabel]: plan.kind.name, [`${repository}.base`]: Object.values(buildargs).join(' ') },
      rm: true,
      forcerm: true,
    });
    await follow(api, stream, (line) => {
      output.push(line);
      if (line.startsWith('Step ')) progress(`  ${line}`);
    });
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    const tail = output.slice(-8).join('\n');
    throw new HarnessError('BUILD_FAILED', `could not build ${plan.tag}`, {
      exitCode: exitCode.unavailable,
      hint: `without a registry: ${labCommand('images', '--base', 'debootstrap')}`,
      cause: `${dockerMessage(error)}\n${tail}`.trim(),
    });
  }
  progress(`built ${plan.tag} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return 'built';
}

/**
 * The Dockerfile's own base images, pinned to the digest that the registry returned, so that a moving tag cannot change
 * an image between two steps of its build; a label records the base.
 */
async function pinnedBases(api: DockerApi, plan: ImagePlan, progress: Progress): Promise<Record<string, string>> {
  const bases: Record<string, string> = {};
  for (const [argument, reference] of defaultBases(plan)) {
    progress(`  pulling ${reference}`);
    await follow(api, await api.docker.pull(reference), () => {});
    const { RepoDigests } = await api.docker.getImage(reference).inspect();
    bases[argument] = RepoDigests?.[0] ?? reference;
  }
  return bases;
}

/**
 * A base image's ONBUILD instructions would run during the build, on the machine's own network. Errors: ONBUILD_BASE,
 * NO_IMAGE (exit code 3).
 */
async function refuseTriggers(
  api: DockerApi,
  plan: ImagePlan,
  bases: readonly string[],
  progress: Progress,
): Promise<void> {
  for (const base of bases) {
    await ensurePulled(api, base, progress);
    const { Config } = await api.docker.getImage(base).inspect();
    const triggers = Config?.OnBuild ?? [];
    if (triggers.length === 0) continue;
    throw new HarnessError('ONBUILD_BASE', `${plan.tag} is not built on ${base}, which has ONBUILD instructions`, {
      exitCode: exitCode.unavailable,
      hint: 'take a base image without them',
      cause: triggers[0],
    });
  }
}

/** Pulls a third-party image unless the daemon has it. Errors: NO_IMAGE (exit code 3). */
export async function ensurePulled(api: DockerApi, reference: string, progress: Progress): Promise<void> {
  if ((await imageId(api, reference)) !== null) return;
  progress(`pulling ${reference}`);
  try {
    await follow(api, await api.docker.pull(reference), () => {});
  } catch (error) {
    throw new HarnessError('NO_IMAGE', `image ${reference} not found`, {
      exitCode: exitCode.unavailable,
      hint: `check the name, or try: docker pull ${reference}`,
      cause: dockerMessage(error),
    });
  }
}

/** Reads the progress of a build or pull to its end; rejects with the error that it reports. */
async function follow(api: DockerApi, stream: NodeJS.ReadableStream, onLine: (line: string) => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    api.docker.modem.followProgress(
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
  // The same time for every file, so that the build cache depends only on content.
  for (const [name, content] of plan.files) tar.entry({ name, mtime: new Date(0), mode: 0o644 }, content);
  tar.finalize();
  return Readable.from(tar);
}

/** Removes images of the same kind with another tag, which earlier sources left behind. Images in use stay. */
export async function removeOlderImages(api: DockerApi, plan: ImagePlan): Promise<void> {
  const prefix = `${repository}/${plan.kind.name}:`;
  const images = await api.docker.listImages().catch(() => []);
  for (const tag of images.flatMap((image) => image.RepoTags ?? [])) {
    if (!tag.replace(/^localhost\//, '').startsWith(prefix) || tag.endsWith(plan.tag)) continue;
    await api.docker
      .getImage(tag)
      .remove()
      .catch(() => {});
  }
}
