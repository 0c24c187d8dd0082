import { connectDocker } from '../../harness/runtime/docker/docker-api.ts';
import { label } from '../../harness/runtime/docker/ownership.ts';
import { linksOfMachine, looseVeths } from './machine.ts';

/**
 * What runners of these pids left in the daemon, and links of the machine that belong to none of its networks. Asks for
 * pids alone, so that a fault in the lab's own judgement of what is left shows.
 */
export async function dockerObjects(runnerPids: ReadonlySet<number>): Promise<string[]> {
  const { docker } = await connectDocker();
  const filters = { label: [label.run] };
  // The links first: a network that is made meanwhile is then in the daemon's list.
  const links = linksOfMachine();
  const containers = await docker.listContainers({ all: true, filters });
  const networks = await docker.listNetworks();
  const isLeft = (labels: Record<string, string> = {}) => runnerPids.has(Number(labels[label.runnerPid]));
  const ids = networks.map(({ Id }) => `br-${Id.slice(0, 12)}`);
  return [
    ...containers.filter((one) => isLeft(one.Labels)).map(({ Names: [name] }) => `container ${name}`),
    ...networks.filter((one) => isLeft(one.Labels)).map(({ Name }) => `network ${Name}`),
    ...links
      .filter(({ ifname }) => /^br-[0-9a-f]{12}$/.test(ifname) && !ids.includes(ifname))
      .map(({ ifname }) => `bridge ${ifname}`),
    ...looseVeths(links).map((name) => `link ${name}`),
  ];
}
