import type { Leftovers } from '../runtime.ts';
import { answerMs, type DockerApi, dockerError, dockerMessage } from './docker-api.ts';
import { isAbandoned, isOwnName, label } from './ownership.ts';
import { removalMs, removeContainer, removeNetwork } from './removal.ts';

/**
 * Removes containers, then networks, of runs whose runner has died, or only one of both kinds. Each object gets
 * `withinMs`; all are tried.
 */
export async function removeAbandoned(
  { docker }: DockerApi,
  { withinMs = removalMs, objects }: { withinMs?: number; objects?: 'containers' | 'networks' } = {},
): Promise<Leftovers> {
  const outcome: Leftovers = { removed: [], left: [] };
  const attempt = async (what: string, removal: Promise<void>) => {
    try {
      await removal;
      outcome.removed.push(what);
    } catch (error) {
      outcome.left.push(`${what}: ${dockerMessage(error)}`);
    }
  };
  const filters = { label: [label.run] };
  const list = () => ({ filters, abortSignal: AbortSignal.timeout(answerMs) });
  try {
    const containers = objects === 'networks' ? [] : await docker.listContainers({ all: true, ...list() });
    await Promise.all(
      containers
        .filter((found) => isAbandoned(found.Labels) && isOwnName(found.Names[0] ?? '', found.Labels))
        .map((found) =>
          attempt(
            `container ${found.Names[0]?.replace(/^\//, '') ?? found.Id}`,
            removeContainer(docker.getContainer(found.Id), withinMs),
          ),
        ),
    );
    const networks = objects === 'containers' ? [] : await docker.listNetworks(list());
    await Promise.all(
      networks
        .filter((found) => isAbandoned(found.Labels ?? {}))
        .map((found) => attempt(`network ${found.Name}`, removeNetwork(docker.getNetwork(found.Id), withinMs))),
    );
  } catch (error) {
    throw dockerError(error, 'removing leftovers of earlier runs');
  }
  return outcome;
}
