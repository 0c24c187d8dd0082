import { setTimeout as sleep } from 'node:timers/promises';
import type { Network } from 'dockerode';
import { exitCode, HarnessError } from '../../model/errors.ts';
import { labCommand } from '../../model/lab-command.ts';
import { subnetAt, subnetCount } from '../../plan/topology.ts';
import type { SubnetClaim } from '../runtime.ts';
import { type DockerApi, dockerError, dockerMessage, isDaemonGone } from './docker-api.ts';
import { ownerLabels, type Runner } from './ownership.ts';
import { removalMs, removeNetwork } from './removal.ts';

/** How long a subnet that another cell has just released may stay in use. */
const subnetFreeMs = 10_000;

/** Runs that one daemon can hold at once. */
const runsAtOnce = 4;
const perRun = subnetCount / runsAtOnce;

export interface NetworkSpec {
  name: string;
  /** A /24. */
  subnet: string;
  labels: Record<string, string>;
}

/** Makes the network of a link. Errors: SUBNET_IN_USE when its subnet does not become free within 10 s. */
export async function makeLinkNetwork(api: DockerApi, spec: NetworkSpec, doing: string): Promise<Network> {
  const deadline = performance.now() + subnetFreeMs;
  for (;;) {
    const network = await makeNetwork(api, spec, doing);
    if (network !== null) return network;
    if (performance.now() > deadline) {
      throw new HarnessError('SUBNET_IN_USE', `the subnet ${spec.subnet} is in use in this Docker daemon`, {
        hint: `find the network that uses 198.18.0.0/15 with 'docker network ls', or '${labCommand('clean')}' if a run was killed`,
      });
    }
    await sleep(200);
  }
}

/** Name of the network that is a run's claim. */
export function subnetsName(runId: string): string {
  return `timewait-lab-${runId}-subnets`;
}

/**
 * Takes a quarter of the range for a run, so that several can use one daemon. The claim is a network on the quarter's
 * first subnet, which the daemon gives to one run only; the claim of a killed run is found by its label.
 */
export async function claimSubnets(
  api: DockerApi,
  runId: string,
  runner: Runner,
  withinMs = removalMs,
): Promise<SubnetClaim> {
  for (let first = 0; first < subnetCount; first += perRun) {
    const spec = {
      name: subnetsName(runId),
      subnet: subnetAt(first),
      labels: ownerLabels(runId, runner),
    };
    const network = await makeNetwork(api, spec, 'claiming subnets');
    if (network === null) continue;
    return {
      first: first + 1,
      count: perRun - 1,
      async release() {
        await removeNetwork(network, withinMs).catch((error) => {
          if (!isDaemonGone(error)) throw dockerError(error, 'releasing the subnets');
        });
      },
    };
  }
  throw new HarnessError('SUBNET_IN_USE', `${runsAtOnce} runs are using this Docker daemon already`, {
    exitCode: exitCode.unavailable,
    hint: `wait for one of them, or '${labCommand('clean')}' if one was killed`,
  });
}

/** `null`: the subnet is taken. */
async function makeNetwork(api: DockerApi, spec: NetworkSpec, doing: string): Promise<Network | null> {
  try {
    return await api.docker.createNetwork({
      Name: spec.name,
      Driver: 'bridge',
      // No route in or out: the daemon neither forwards nor translates for such a network.
      Internal: true,
      CheckDuplicate: true,
      Labels: spec.labels,
      IPAM: { Driver: 'default', Config: [{ Subnet: spec.subnet, Gateway: bridgeAddress(spec.subnet) }] },
      // The machine itself does not join the link. podman rejects options that it does not know.
      ...(api.product === 'docker' && { Options: { 'com.docker.network.bridge.inhibit_ipv4': 'true' } }),
    });
  } catch (error) {
    if (/overlap|already (?:in use|being used|used)/i.test(dockerMessage(error))) return null;
    throw dockerError(error, doing);
  }
}

/** Host 1 of the subnet, which the plan leaves to the daemon: its bridge must have an address. */
function bridgeAddress(subnet: string): string {
  return subnet.replace(/\.\d+\/\d+$/, '.1');
}
