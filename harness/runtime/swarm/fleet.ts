import { causeText, exitCode, HarnessError } from '../../model/errors.ts';
import type { PeerHost } from '../../model/peer-host.ts';
import { answerMs, connectTo, type DockerApi, dockerError, surroundings } from '../docker/docker-api.ts';
import { namedEndpoint } from '../docker/endpoint.ts';
import type { Fleet } from './hosts.ts';

/** A host of the fleet whose daemon has answered. */
export interface FleetHost {
  readonly name: string;
  readonly api: DockerApi;
  readonly facts: PeerHost;
  /** Its id in the swarm. */
  readonly nodeId: string;
}

/** All hosts, and the one whose daemon manages the swarm. */
export interface ConnectedFleet {
  readonly hosts: readonly FleetHost[];
  readonly manager: DockerApi;
}

/** What `docker info` says that matters here. */
interface Info {
  KernelVersion?: string;
  NCPU?: number;
  MemTotal?: number;
  Swarm?: { NodeID?: string; LocalNodeState?: string; ControlAvailable?: boolean };
}

const swarmHint =
  "on one host: docker swarm init --advertise-addr ADDRESS; on each other host the 'docker swarm join' command that it prints";

/**
 * Connects to every host. Errors, all with exit code 3: NO_HOST for hosts that do not answer, each with its cause;
 * NO_SWARM for hosts that are not in one swarm, or where none of them manages it.
 */
export async function connectFleet({ hosts }: Fleet, env: NodeJS.ProcessEnv = process.env): Promise<ConnectedFleet> {
  const tried = await Promise.allSettled(hosts.map((host) => connectHost(host.name, host.address, env)));
  const silent = tried.flatMap((outcome, index) =>
    outcome.status === 'rejected' ? [`${hosts[index]?.name}: ${causeText(outcome.reason)}`] : [],
  );
  if (silent.length > 0) {
    throw unavailable(
      'NO_HOST',
      `not every host answers: ${silent.join('; ')}`,
      'start its daemon, or omit it from --hosts',
    );
  }
  const connected = tried.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const outside = connected.filter(({ info }) => info.Swarm?.LocalNodeState !== 'active');
  if (outside.length > 0) {
    const names = outside.map(({ host }) =>
      host.api.product === 'podman' ? `${host.name} (podman has no swarm)` : host.name,
    );
    throw unavailable('NO_SWARM', `not in a swarm: ${names.join(', ')}`, swarmHint);
  }
  const manager = connected.find(({ info }) => info.Swarm?.ControlAvailable === true)?.host.api;
  if (manager === undefined) {
    throw unavailable(
      'NO_SWARM',
      'none of the hosts manages the swarm',
      'add a manager to --hosts: docker node ls shows them',
    );
  }
  const nodes = await nodeIds(manager);
  const strangers = connected.filter(({ host }) => !nodes.has(host.nodeId));
  if (strangers.length > 0) {
    const names = strangers.map(({ host }) => host.name).join(', ');
    throw unavailable('NO_SWARM', `in another swarm than the manager: ${names}`, swarmHint);
  }
  return { hosts: connected.map(({ host }) => host), manager };
}

async function connectHost(
  name: string,
  address: string,
  env: NodeJS.ProcessEnv,
): Promise<{ host: FleetHost; info: Info }> {
  const api = await connectTo(namedEndpoint(surroundings(env), address, `host ${name}`));
  const info = (await api.docker.info({ abortSignal: AbortSignal.timeout(answerMs) } as never)) as unknown as Info;
  const facts = {
    name,
    kernel: info.KernelVersion ?? null,
    cores: info.NCPU ?? null,
    memoryBytes: info.MemTotal ?? null,
    daemon: `${api.product} ${api.version}`,
  };
  return { host: { name, api, facts, nodeId: info.Swarm?.NodeID ?? '' }, info };
}

async function nodeIds(manager: DockerApi): Promise<ReadonlySet<string>> {
  try {
    const nodes = (await manager.docker.listNodes()) as { ID: string }[];
    return new Set(nodes.map(({ ID }) => ID));
  } catch (error) {
    throw dockerError(error, 'listing the nodes of the swarm');
  }
}

function unavailable(code: string, message: string, hint: string): HarnessError {
  return new HarnessError(code, message, { exitCode: exitCode.unavailable, hint });
}
