import { answerMs, type DockerApi, dockerMessage, isDaemonGone, refusalStatus } from '../docker/docker-api.ts';
import { removeAbandoned } from '../docker/leftovers.ts';
import { isAbandoned, label } from '../docker/ownership.ts';
import type { Leftovers } from '../runtime.ts';

/**
 * Removes what dead runs left: containers on every host first, because a network in use cannot be removed, then the
 * overlays and reservations of the swarm. A host that does not answer is named; the others are cleaned all the same.
 */
export async function removeFleetLeftovers(
  hosts: readonly { name: string; connect: () => Promise<DockerApi> }[],
): Promise<Leftovers> {
  const outcome: Leftovers = { removed: [], left: [] };
  const add = (host: string, found: Leftovers) => {
    outcome.removed.push(...found.removed.map((line) => `${line} on host ${host}`));
    outcome.left.push(...found.left.map((line) => `${line} on host ${host}`));
  };
  const connected = await Promise.all(
    hosts.map(async ({ name, connect }) => {
      try {
        return { name, api: await connect() };
      } catch (error) {
        outcome.left.push(`what is on host ${name}, which does not answer: ${dockerMessage(error)}`);
        return null;
      }
    }),
  );
  const present = connected.filter((one) => one !== null);
  const clean = async ({ name, api }: { name: string; api: DockerApi }, objects: 'containers' | 'networks') => {
    try {
      add(name, await removeAbandoned(api, { objects }));
    } catch (error) {
      outcome.left.push(`what is on host ${name}: ${dockerMessage(error)}`);
    }
  };
  await Promise.all(present.map((host) => clean(host, 'containers')));
  // Every host lists an overlay, the workers for a moment longer; only a manager may remove it.
  for (const host of present) if (await isManager(host.api)) await clean(host, 'networks');
  for (const { name, api } of present) add(name, await removeReservations(api));
  return outcome;
}

async function isManager({ docker }: DockerApi): Promise<boolean> {
  try {
    const info = (await docker.info({ abortSignal: AbortSignal.timeout(answerMs) } as never)) as unknown as {
      Swarm?: { ControlAvailable?: boolean };
    };
    return info.Swarm?.ControlAvailable === true;
  } catch {
    return false;
  }
}

/** The configs with which dead runs reserved subnets; none where the host is no manager. */
async function removeReservations({ docker }: DockerApi): Promise<Leftovers> {
  const outcome: Leftovers = { removed: [], left: [] };
  try {
    const filters = { label: [label.run] };
    const list = { filters: JSON.stringify(filters), abortSignal: AbortSignal.timeout(answerMs) };
    const configs = (await docker.listConfigs(list as never)) as unknown as {
      ID: string;
      Spec?: { Name?: string; Labels?: Record<string, string> };
    }[];
    for (const { ID, Spec } of configs) {
      if (!isAbandoned(Spec?.Labels ?? {})) continue;
      try {
        await docker.getConfig(ID).remove();
        outcome.removed.push(`reservation ${Spec?.Name ?? ID}`);
      } catch (error) {
        if (refusalStatus(error) !== 404) outcome.left.push(`reservation ${Spec?.Name ?? ID}: ${dockerMessage(error)}`);
      }
    }
  } catch (error) {
    // 503: this node is not a manager.
    if (refusalStatus(error) !== 503 && !isDaemonGone(error))
      outcome.left.push(`reservations: ${dockerMessage(error)}`);
  }
  return outcome;
}
