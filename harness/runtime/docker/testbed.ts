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
  ipamOf,
  networkName,
  ownEnds,
  type SpecContext,
  serverImageSpec,
  sidecarSpec,
} from './container-spec.ts';
import { type DockerApi, dockerError, dockerMessage, isDaemonGone } from './docker-api.ts';
import type { Runner } from './ownership.ts';
import { removeContainer, removeNetwork } from './removal.ts';
import { runBeside, stackCommand } from './stack-setup.ts';

export interface TestbedOptions {
  /** The daemon on which a peer's containers run. */
  readonly apiOf: (peer: PeerPlan) => DockerApi;
  /** Creates the network of a link, under the name networkName(). */
  readonly makeLink: (link: LinkPlan) => Promise<Network>;
  readonly runner: Runner;
  readonly runId: string;
  readonly plan: CellPlan;
  readonly signal: AbortSignal;
  /** The lab's image for each role. */
  readonly imageOf: (peer: PeerPlan) => string;
  /** Network configuration of a peer that no daemon sets up, as lines for `ip -batch -`. */
  readonly linesOf: (peer: PeerPlan) => string[];
  /** Facts about the machine of a peer; absent: the runner's own. */
  readonly hostOf?: (peer: PeerPlan) => Peer['host'];
  /** Maximum wait for the removal of one object. Default 5 s. */
  readonly withinMs?: number;
}

/** Creates a cell's networks and containers; if one fails, removes those already created. */
export async function startTestbed(options: TestbedOptions): Promise<Testbed> {
  const startedAt = performance.now();
  const made: Made = { containers: [], networks: [] };
  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= removeAll(made, options.withinMs);
    return stopping;
  };
  try {
    const links = options.plan.links.filter((link) => !link.isLocal);
    await allOrFirstFailure(links.map(async (link) => made.networks.push(await options.makeLink(link))));
    options.signal.throwIfAborted();
    const peers = await allOrFirstFailure(options.plan.peers.map((peer) => startPeer(options, peer, made)));
    options.signal.throwIfAborted();
    return { peers, setupMs: performance.now() - startedAt, stop };
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}

/** A swarm's manager gives out addresses; with many containers at once it is sometimes too slow for a daemon's patience. */
const attachAttempts = 3;

function isSlowAttachment(error: unknown): boolean {
  return /attaching to network failed/.test(dockerMessage(error));
}

interface Made {
  readonly containers: Container[];
  readonly networks: Network[];
}

/** Waits for all, so that nothing is created after the cleanup, and then throws the first error. */
async function allOrFirstFailure<T>(work: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

async function startPeer(options: TestbedOptions, peer: PeerPlan, made: Made): Promise<Peer> {
  const { runId, plan } = options;
  const api = options.apiOf(peer);
  const context: SpecContext = { ...options, peer };
  const host = options.hostOf?.(peer);
  const at = host ? ` on host ${host.name}` : '';
  const doing = `starting ${peer.role}${at}`;
  try {
    const start = async (spec: ReturnType<typeof agentSpec>, role: string) => {
      for (let attempt = 1; ; attempt++) {
        const container = await api.docker.createContainer(spec);
        made.containers.push(container);
        options.signal.throwIfAborted();
        const attached = await attachProcess(container);
        try {
          await container.start();
          return { role, container, ...attached };
        } catch (error) {
          if (attempt === attachAttempts || !isSlowAttachment(error)) throw error;
          // The daemon removes a container that did not start; its name is free when this returns.
          await removeContainer(container, options.withinMs);
        }
      }
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
      // By name: a swarm's worker does not know the id of a network that no container of its own is on.
      await api.docker.getNetwork(networkName(runId, plan, link)).connect({
        Container: stack.container.id,
        EndpointConfig: { IPAMConfig: ipamOf(address) },
      });
    }
    const beside = async (command: readonly string[]) =>
      start(besideSpec(context, image, stack.container.id, command), peer.role);
    await runBeside(beside, stackCommand(plan), `${options.linesOf(peer).join('\n')}\n`);
    const shapes = shapeLines(plan, peer);
    if (shapes.length > 0) await runBeside(beside, ['tc', '-batch', '-'], `${shapes.join('\n')}\n`);
    if (peer.nftables !== undefined) await runBeside(beside, ['nft', '-f', '-'], peer.nftables);
    return {
      role: peer.role,
      ...(host && { host }),
      input: agent.input,
      output: agent.output,
      pid: await localPid(api, stack.container),
      runImage: async (client) => {
        const running = await start(clientSpec(context, client, stack.container.id), `${peer.role}'s client`);
        running.output.resume();
        return { exitReason: await running.ended, exitCode: await running.exitCode };
      },
      inspect: `${dockerCommand(api)} exec ${agent.container.id.slice(0, 12)} ss -tan`,
      ended: (peer.image === undefined
        ? agent.ended
        : Promise.race([agent.ended, imageEnded(stack, peer.image.reference)])
      ).then((reason) => `${reason}${at}`),
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
  await Promise.all(networks.map((each) => attempt(`network ${each.id.slice(0, 12)}`, removeNetwork(each, withinMs))));
  if (left.length === 0) return;
  throw new HarnessError('LEFTOVERS', `not removed: ${left.join('; ')}`, { hint: labCommand('clean') });
}
