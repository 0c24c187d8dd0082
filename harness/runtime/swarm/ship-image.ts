import { exitCode, HarnessError } from '../../model/errors.ts';
import { type DockerApi, dockerMessage } from '../docker/docker-api.ts';
import { imageId, type Progress } from '../docker/images.ts';

/**
 * Copies an image to a host unless it has the same one: by id, the digest of its configuration. No registry is needed.
 * Errors: NO_IMAGE (exit code 3), with the host's name.
 */
export async function shipImage(
  from: DockerApi,
  to: { name: string; api: DockerApi },
  reference: string,
  progress: Progress,
): Promise<void> {
  if (from.endpoint.address === to.api.endpoint.address) return;
  const [theirs, ours] = await Promise.all([imageId(to.api, reference), imageId(from, reference)]);
  if (theirs !== null && theirs === ours) return;
  const startedAt = performance.now();
  progress(`copying ${reference} to ${to.name}`);
  try {
    const stream = await from.docker.getImage(reference).get();
    let bytes = 0;
    let shownMiB = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      const miB = Math.floor(bytes / (1 << 20));
      if (miB < shownMiB + 100) return;
      shownMiB = miB;
      progress(`  ${miB} MiB sent to ${to.name}`);
    });
    const answer = await to.api.docker.loadImage(stream, { quiet: true });
    // The load has ended when its answer has.
    for await (const _ of answer);
    if ((await imageId(to.api, reference)) !== ours) throw new Error('the host has another image of that name');
  } catch (error) {
    throw new HarnessError('NO_IMAGE', `host ${to.name}: could not copy the image ${reference} to it`, {
      exitCode: exitCode.unavailable,
      hint: `docker save ${reference} | docker -H ${to.api.endpoint.address} load`,
      cause: dockerMessage(error),
    });
  }
  progress(`copied ${reference} to ${to.name} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}
