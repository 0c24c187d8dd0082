import { setTimeout as sleep } from 'node:timers/promises';
import type { Network } from 'dockerode';
import { familyOf } from '../../model/address.ts';
import { exitCode, HarnessError } from '../../model/errors.ts';
import { labCommand } from '../../model/lab-command.ts';
import { subnetAt, subnetBeside, subnetCount } from '../../plan/topology.ts';
import type { SubnetClaim } from '../runtime.ts';
import { type DockerApi, dockerError, dockerMessage, isDaemonGone } from './docker-api.ts';
import { ownerLabels, type Runner } from './ownership.ts';
import { removalMs, removeNetwork } from './removal.ts';

/** How long to wait for a subnet that another cell has just released. */
const subnetFreeMs = 10_000;

/** Maximum number of simultaneous runs on one daemon. */
const runsAtOnce = 4;
const perRun = subnetCount / runsAtOnce;

export interface NetworkSpec {
  name: string;
  /** A /24, or a /64 of IPv6. */
  subnet: string;
  labels: Record<string, string>;
}

/** Creates the network of a link. Errors: SUBNET_IN_USE if its subnet does not become free within 10 s. */
export async function makeLinkNetwork(api: DockerApi, spec: NetworkSpec, doing: string): Promise<Network> {
  const deadline = performance.now() + subnetFreeMs;
  for (;;) {
    const network = await makeNetwork(api, spec, doing);
    if (network !== null) return network;
    if (performance.now() > deadline) {
      throw new HarnessError('SUBNET_IN_USE', `the subnet ${spec.subnet} is in use in this Docker daemon`, {
        hint: `find the network that uses ${spec.subnet} with 'docker network ls'; if a run was killed, run '${labCommand('clean')}'`,
      });
    }
    await sleep(200);
  }
}

/** Name of the network that reserves a run's subnets. */
export function subnetsName(runId: string): string {
  return `timewait-lab-${runId}-subnets`;
}

/**
 * Reserves a quarter of the range for a run, so that several runs can use one daemon. The reservation is a network on
 * the quarter's first subnet, which the daemon gives to one run only; that of a killed run is found by its label.
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
    hint: `wait for one of them to end; if one was killed, run '${labCommand('clean')}'`,
  });
}

/** `null`: the subnet is taken. */
async function makeNetwork(api: DockerApi, spec: NetworkSpec, doing: string): Promise<Network | null> {
  const isIpv6 = familyOf(spec.subnet) === 6;
  // Most daemons give every network IPv4 addresses: those must come from the lab's range as well.
  const subnets = isIpv6 ? [subnetBeside(spec.subnet, 4), spec.subnet] : [spec.subnet];
  try {
    return await api.docker.createNetwork({
      Name: spec.name,
      Driver: 'bridge',
      // No route in or out: the daemon neither forwards nor does NAT for an internal network.
      Internal: true,
      CheckDuplicate: true,
      Labels: spec.labels,
      ...(isIpv6 && { EnableIPv6: true }),
      IPAM: {
        Driver: 'default',
        Config: subnets.map((subnet) => ({ Subnet: subnet, Gateway: bridgeAddress(subnet) })),
      },
      // Keeps the machine itself off the link. podman rejects options that it does not know.
      ...(api.product === 'docker' && { Options: { 'com.docker.network.bridge.inhibit_ipv4': 'true' } }),
    });
  } catch (error) {
    if (/overlap|already (?:in use|being used|used)/i.test(dockerMessage(error))) return null;
    throw dockerError(error, doing);
  }
}

/** Host 1 of the subnet, which the plan reserves for the daemon, because its bridge needs an address. */
export function bridgeAddress(subnet: string): string {
  return familyOf(subnet) === 6 ? subnet.replace(/::\/\d+$/, '::1') : subnet.replace(/\.\d+\/\d+$/, '.1');
}
