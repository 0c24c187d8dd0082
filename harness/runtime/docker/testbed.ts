import { readFileSync } from 'node:fs';
import type { Container, Network } from 'dockerode';
import type { CellPlan, LinkPlan, PeerPlan } from '../../model/cell.ts';
import { HarnessError } from '../../model/errors.ts';
import { labCommand } from '../../model/lab-command.ts';
import type { Peer, Testbed } from '../runtime.ts';
import { shapeLines } from '../shape-lines.ts';
import { type AttachedProcess, attachProcess } from './attached-process.ts';
import {
  agentSpec,
  besideSpec,
  clientSpec,
  networkName,
  ownEnds,
  type SpecContext,
  serverImageSpec,
  sidecarSpec,
} from './container-spec.ts';
import { type DockerApi, dockerError, dockerMessage, isDaemonGone } from './docker-api.ts';
import { makeLinkNetwork } from './networks.ts';
import { ownerLabels, type Runner } from './ownership.ts';
import { removeContainer, removeNetwork } from './removal.ts';
import { runBeside, stackLines } from './stack-setup.ts';

export interface TestbedOptions {
  readonly api: DockerApi;
  readonly runner: Runner;
  readonly runId: string;
  readonly plan: CellPlan;
  readonly signal: AbortSignal;
  /** The lab's image for each role. */
  readonly imageOf: (peer: PeerPlan) => string;
  /** Maximum wait for the removal of one object. Default 5 s. */
  readonly withinMs?: number;
}

/** Creates a cell's networks and containers; if one fails, removes those already created. */
export async function startTestbed(options: TestbedOptions): Promise<Testbed> {
  const startedAt = performance.now();
  const made: Made = { containers: [], networks: new Map() };
  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= removeAll(made, options.withinMs);
    return stopping;
  };
  try {
    await allOrFirstFailure(
      options.plan.links.filter((link) => !link.isLocal).map((link) => makeLink(options, link, made)),
    );
    options.signal.throwIfAborted();
    const peers = await allOrFirstFailure(options.plan.peers.map((peer) => startPeer(options, peer, made)));
    options.signal.throwIfAborted();
    return { peers, setupMs: performance.now() - startedAt, stop };
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}

interface Made {
  readonly containers: Container[];
  readonly networks: Map<LinkPlan, Network>;
}

/** Waits for all, so that nothing is created after the cleanup, and then throws the first error. */
async function allOrFirstFailure<T>(work: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

async function makeLink({ api, runner, runId, plan }: TestbedOptions, link: LinkPlan, made: Made): Promise<void> {
  const doing = `creating the link ${link.ends.map((end) => end.role).join('–')}`;
  const spec = { name: networkName(runId, plan, link), subnet: link.subnet, labels: ownerLabels(runId, runner) };
  made.networks.set(link, await makeLinkNetwork(api, spec, doing));
}

async function startPeer(options: TestbedOptions, peer: PeerPlan, made: Made): Promise<Peer> {
  const { api, plan } = options;
  const context: SpecContext = { ...options, peer };
  const doing = `starting ${peer.role}`;
  try {
    const start = async (spec: ReturnType<typeof agentSpec>, role: string) => {
      const container = await api.docker.createContainer(spec);
      made.containers.push(container);
      options.signal.throwIfAborted();
      const attached = await attachProcess(container);
      await container.start();
      return { role, container, ...attached };
    };
    const image = options.imageOf(peer);
    let stack: Awaited<ReturnType<typeof start>>;
    let agent: typeof stack;
    if (peer.image === undefined) {
      stack = await start(agentSpec(context, image), peer.role);
      agent = stack;
    } else {
      stack = await start(serverImageSpec(context, peer.image), peer.role);
      agent = await start(sidecarSpec(context, image, stack.container.id), `${peer.role}'s agent`);
      stack.output.resume();
    }
    // One after the other on the running container: only this fixes the order eth0, eth1, …
    for (const { link, address } of ownEnds(plan, peer).slice(1)) {
      const network = made.networks.get(link) as Network;
      await network.connect({
        Container: stack.container.id,
        EndpointConfig: { IPAMConfig: { IPv4Address: address } },
      });
    }
    const beside = async (command: readonly string[]) =>
      start(besideSpec(context, image, stack.container.id, command), peer.role);
    await runBeside(beside, ['ip', '-batch', '-'], `${stackLines(plan, peer).join('\n')}\n`);
    const shapes = shapeLines(plan, peer);
    if (shapes.length > 0) await runBeside(beside, ['tc', '-batch', '-'], `${shapes.join('\n')}\n`);
    if (peer.nftables !== undefined) await runBeside(beside, ['nft', '-f', '-'], peer.nftables);
    return {
      role: peer.role,
      input: agent.input,
      output: agent.output,
      pid: await localPid(api, stack.container),
      runImage: async (client) => {
        const running = await start(clientSpec(context, client, stack.container.id), `${peer.role}'s client`);
        running.output.resume();
        return { exitReason: await running.ended, exitCode: await running.exitCode };
      },
      inspect: `${dockerCommand(api)} exec ${agent.container.id.slice(0, 12)} ss -tan`,
      ended:
        peer.image === undefined ? agent.ended : Promise.race([agent.ended, imageEnded(stack, peer.image.reference)]),
    };
  } catch (error) {
    if (options.signal.aborted) throw error;
    throw dockerError(error, doing);
  }
}

/** Exit reason for Peer.ended, whose subject is the agent's process. */
async function imageEnded(image: AttachedProcess, reference: string): Promise<string> {
  return `ran with the image ${reference}, which ${await image.ended}`;
}

function dockerCommand(api: DockerApi): string {
  return api.product === 'podman' ? 'podman' : `docker --host ${api.endpoint.address}`;
}

/** The main process's pid if it is on this machine; a daemon elsewhere, or in a virtual machine, has its own pids. */
async function localPid(api: DockerApi, container: Container): Promise<number | null> {
  if (process.platform !== 'linux' || api.endpoint.kind !== 'socket') return null;
  const { State } = await container.inspect();
  try {
    return readFileSync(`/proc/${State.Pid}/cgroup`, 'utf8').includes(container.id) ? State.Pid : null;
  } catch {
    return null;
  }
}

async function removeAll({ containers, networks }: Made, withinMs?: number): Promise<void> {
  const left: string[] = [];
  const attempt = async (what: string, removal: Promise<void>) => {
    try {
      await removal;
    } catch (error) {
      // Without a daemon nothing can be removed; the next start finds the leftovers by label.
      if (!isDaemonGone(error)) left.push(`${what}: ${dockerMessage(error)}`);
    }
  };
  await Promise.all(
    containers.map((each) => attempt(`container ${each.id.slice(0, 12)}`, removeContainer(each, withinMs))),
  );
  await Promise.all(
    [...networks.values()].map((each) => attempt(`network ${each.id.slice(0, 12)}`, removeNetwork(each, withinMs))),
  );
  if (left.length === 0) return;
  throw new HarnessError('LEFTOVERS', `not removed: ${left.join('; ')}`, { hint: labCommand('clean') });
}
