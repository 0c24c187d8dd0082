import { beforeAll, beforeEach } from 'vitest';
import { causeText } from '../../harness/model/errors.ts';
import { connectTo, type DockerApi, surroundings } from '../../harness/runtime/docker/docker-api.ts';
import { namedEndpoint } from '../../harness/runtime/docker/endpoint.ts';
import { isAbandoned, label } from '../../harness/runtime/docker/ownership.ts';
import type { Runtime } from '../../harness/runtime/runtime.ts';
import { readFleet } from '../../harness/runtime/swarm/hosts.ts';
import { swarmRuntime } from '../../harness/runtime/swarm/swarm.ts';
import { requireOrSkip } from '../require.ts';

/** The hosts of TIMEWAIT_LAB_HOSTS (`.ci/hosts up` makes them); without them the file's tests are skipped. */
export function realFleet(): { runtime: Runtime; hosts: readonly { name: string; address: string }[] } {
  const { fleet } = readFleet({ hosts: process.env.TIMEWAIT_LAB_HOSTS ?? '' });
  const runtime = swarmRuntime({ fleet: fleet.hosts.length < 2 ? null : fleet });
  let missing: string | null = 'not asked yet';
  beforeAll(async () => {
    try {
      const { available, detail } = await runtime.availability();
      missing = available ? null : detail;
      if (available) await runtime.settableSysctls(['net.ipv4.tcp_tw_reuse']);
    } catch (error) {
      missing = causeText(error);
    }
  }, 600_000);
  beforeEach((context) => requireOrSkip('swarm', missing, context));
  return { runtime, hosts: fleet.hosts };
}

export function apiOf(address: string): Promise<DockerApi> {
  return connectTo(namedEndpoint(surroundings(), address, 'test'));
}

/** What this process's runs, or ended ones, left on the hosts: containers, networks, configs. */
export async function leftOn(hosts: readonly { address: string }[]): Promise<string[]> {
  const isLeft = (labels: Record<string, string> = {}) =>
    labels[label.runnerPid] === String(process.pid) || isAbandoned(labels);
  const filters = { label: [label.run] };
  const left: string[] = [];
  for (const { address } of hosts) {
    const { docker } = await apiOf(address);
    const containers = await docker.listContainers({ all: true, filters });
    const networks = await docker.listNetworks({ filters });
    // Only a manager lists them.
    const configs = await listConfigs(docker).catch(() => []);
    left.push(
      ...containers.filter((one) => isLeft(one.Labels)).flatMap((one) => one.Names),
      ...networks.filter((one) => isLeft(one.Labels)).map((one) => one.Name),
      ...configs.filter((one) => isLeft(one.Spec.Labels)).map((one) => one.Spec.Name),
    );
  }
  return left;
}

async function listConfigs(
  docker: DockerApi['docker'],
): Promise<{ Spec: { Name: string; Labels: Record<string, string> } }[]> {
  return (await docker.listConfigs({ filters: JSON.stringify({ label: [label.run] }) } as never)) as never;
}
