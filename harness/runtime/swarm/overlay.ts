import type { Network } from 'dockerode';
import { exitCode, HarnessError } from '../../model/errors.ts';
import { labCommand } from '../../model/lab-command.ts';
import { subnetCount } from '../../plan/topology.ts';
import { type DockerApi, dockerError, isDaemonGone, refusalStatus } from '../docker/docker-api.ts';
import type { NetworkSpec } from '../docker/networks.ts';
import { ownerLabels, type Runner } from '../docker/ownership.ts';
import type { SubnetClaim } from '../runtime.ts';

/** Maximum number of simultaneous runs on one swarm. */
const runsAtOnce = 4;
const perRun = subnetCount / runsAtOnce;

/**
 * An overlay network for a link: over all hosts, without a way out, for containers that are not services. The swarm gives
 * each host an address of its own on it, which comes from the upper quarter: the plan's addresses are below.
 */
export async function makeOverlay(manager: DockerApi, spec: NetworkSpec, doing: string): Promise<Network> {
  try {
    return await manager.docker.createNetwork({
      Name: spec.name,
      Driver: 'overlay',
      Attachable: true,
      Internal: true,
      CheckDuplicate: true,
      Labels: spec.labels,
      IPAM: {
        Driver: 'default',
        Config: [{ Subnet: spec.subnet, IPRange: spec.subnet.replace(/\.\d+\/24$/, '.192/26') }],
      },
    });
  } catch (error) {
    throw dockerError(error, doing);
  }
}

/**
 * Reserves a quarter of the subnets for a run. The reservation is a config of the swarm, which has one of each name; the
 * config of a killed run is found by its label. A network cannot reserve: the swarm checks for overlaps later, when it
 * gives out addresses.
 */
export async function claimFleetSubnets(manager: DockerApi, runId: string, runner: Runner): Promise<SubnetClaim> {
  for (let quarter = 0; quarter < runsAtOnce; quarter++) {
    try {
      const { id } = (await manager.docker.createConfig({
        Name: `timewait-lab-subnets-${quarter}`,
        Labels: ownerLabels(runId, runner),
        Data: Buffer.from(runId).toString('base64'),
      } as never)) as unknown as { id: string };
      return {
        first: quarter * perRun,
        count: perRun,
        async release() {
          await manager.docker
            .getConfig(id)
            .remove()
            .catch((error: unknown) => {
              if (!isDaemonGone(error) && refusalStatus(error) !== 404)
                throw dockerError(error, 'releasing the subnets');
            });
        },
      };
    } catch (error) {
      if (refusalStatus(error) !== 409) throw dockerError(error, 'claiming subnets');
    }
  }
  throw new HarnessError('SUBNET_IN_USE', `${runsAtOnce} runs are using this swarm already`, {
    exitCode: exitCode.unavailable,
    hint: `wait for one of them to end; if one was killed, run '${labCommand('clean')}'`,
  });
}
