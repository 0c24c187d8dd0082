import { join } from 'node:path';
import type Docker from 'dockerode';
import { beforeAll, beforeEach } from 'vitest';
import { causeText } from '../../harness/model/errors.ts';
import { dockerRuntime } from '../../harness/runtime/docker/docker.ts';
import { connectDocker, type DockerApi } from '../../harness/runtime/docker/docker-api.ts';
import { imageKinds } from '../../harness/runtime/docker/image-plan.ts';
import { ensureImage, planImageHere } from '../../harness/runtime/docker/images.ts';
import { subnetsName } from '../../harness/runtime/docker/networks.ts';
import { isAbandoned, label } from '../../harness/runtime/docker/ownership.ts';
import type { Runtime } from '../../harness/runtime/runtime.ts';
import { requireOrSkip } from '../require.ts';

export const root = join(import.meta.dirname, '..', '..');
export const cli = join(root, 'dist', 'cli.mjs');

/** A daemon with images built from these sources; without one the file's tests are skipped with the reason. */
export function realDaemon(): { runtime: Runtime; api(): DockerApi; docker(): Docker; image(): string } {
  const runtime = dockerRuntime();
  let missing: string | null = 'not asked yet';
  let api: DockerApi | null = null;
  let image = '';
  const connected = () => {
    if (api === null) throw new Error('no daemon');
    return api;
  };
  beforeAll(async () => {
    try {
      api = await connectDocker();
      for (const kind of imageKinds) {
        const plan = await planImageHere(api, kind);
        await ensureImage(api, plan, () => {});
        image ||= plan.tag;
      }
      missing = null;
    } catch (error) {
      missing = causeText(error);
    }
  }, 600_000);
  beforeEach((context) => requireOrSkip('docker', missing, context));
  return { runtime, api: connected, docker: () => connected().docker, image: () => image };
}

/**
 * Names of objects that this test, or an ended run, left in the daemon. Excludes those of other live runs and the
 * subnets that a test file holds.
 */
export async function leftIn(docker: Docker): Promise<string[]> {
  const filters = { label: [label.run] };
  const containers = await docker.listContainers({ all: true, filters });
  const networks = await docker.listNetworks({ filters });
  const held = subnetsName(`test-${process.pid}`);
  const isLeft = (labels: Record<string, string> = {}) =>
    labels[label.runnerPid] === String(process.pid) || isAbandoned(labels);
  return [
    ...containers.filter((one) => isLeft(one.Labels)).flatMap((one) => one.Names),
    ...networks.filter((one) => isLeft(one.Labels) && one.Name !== held).map((one) => one.Name),
  ];
}

/** Waits until `condition` holds; throws with `what` after `withinMs`. */
export async function until(what: string, condition: () => Promise<boolean>, withinMs = 5000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
