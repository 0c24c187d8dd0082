import type { DockerApi } from './docker-api.ts';
import { dockerError } from './docker-api.ts';
import { removeNetwork } from './networks.ts';
import { isAbandoned, label } from './ownership.ts';
import { removeContainer } from './testbed.ts';

/** Removes containers and networks of runs whose runner is dead; a line for each thing removed. */
export async function removeAbandoned(api: DockerApi): Promise<string[]> {
  const { docker } = api;
  const removed: string[] = [];
  try {
    const filters = { label: [label.run] };
    for (const found of await docker.listContainers({ all: true, filters })) {
      if (!isAbandoned(found.Labels)) continue;
      await removeContainer(docker.getContainer(found.Id));
      removed.push(`container ${found.Names[0]?.replace(/^\//, '') ?? found.Id}`);
    }
    for (const found of await docker.listNetworks({ filters })) {
      if (!isAbandoned(found.Labels ?? {})) continue;
      await removeNetwork(docker.getNetwork(found.Id));
      removed.push(`network ${found.Name}`);
    }
  } catch (error) {
    throw dockerError(error, 'removing what an earlier run left');
  }
  return removed;
}
