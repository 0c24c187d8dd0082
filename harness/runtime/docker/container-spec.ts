import type { ContainerCreateOptions } from 'dockerode';
import { familyOf } from '../../model/address.ts';
import type { CellPlan, LinkPlan, PeerPlan } from '../../model/cell.ts';
import type { ClientImage } from '../../model/scenario.ts';
import { label, ownerLabels, type Runner } from './ownership.ts';

/** Limits, not reservations: a runaway peer is killed before it affects the machine. */
const memoryBytes = 1 << 30;
/** Tomcat has 200 request threads, a JVM a few dozen more. */
const pids = 1024;

/** nobody: the agent needs no privileges to open sockets. */
const unprivileged = '65534:65534';

export interface SpecContext {
  readonly runId: string;
  readonly runner: Runner;
  readonly plan: CellPlan;
  readonly peer: PeerPlan;
}

/** Names are for people; the lab finds everything by label. */
export function peerName({ runId, plan, peer }: SpecContext): string {
  return `timewait-lab-${runId}-${plan.index}-${peer.role}`;
}

export function networkName(runId: string, plan: CellPlan, link: LinkPlan): string {
  return `timewait-lab-${runId}-${plan.index}-link${plan.links.indexOf(link)}`;
}

/** For error messages: what is being done while a link's network is made. */
export function linkDoing(link: LinkPlan): string {
  return `creating the link ${link.ends.map((end) => end.role).join('–')}`;
}

export function peerLabels({ runId, runner, plan, peer }: SpecContext): Record<string, string> {
  return { ...ownerLabels(runId, runner), [label.cell]: plan.id, [label.role]: peer.role };
}

/** A peer's end of a link. */
export function ownEnds(plan: CellPlan, peer: PeerPlan): { link: LinkPlan; address: string }[] {
  const between = plan.links.filter((link) => !link.isLocal);
  return between.flatMap((link) =>
    link.ends.filter((end) => end.role === peer.role).map((end) => ({ link, address: end.addresses[0] as string })),
  );
}

/** A peer whose main process is the agent: read-only root, no capabilities, protocol on stdio. */
export function agentSpec(context: SpecContext, image: string): ContainerCreateOptions {
  const { plan, peer, runId } = context;
  const first = ownEnds(plan, peer)[0];
  return {
    ...agentProcess(context, image),
    name: peerName(context),
    ...(first && endpoint(networkName(runId, plan, first.link), first.address)),
    HostConfig: {
      ...confined(readsConntrack(context)),
      ...noNames,
      NetworkMode: first ? networkName(runId, plan, first.link) : 'none',
      Sysctls: peer.sysctls,
    },
  };
}

/** The agent next to a server image: it shares only the server's network namespace. */
export function sidecarSpec(context: SpecContext, image: string, serverContainerId: string): ContainerCreateOptions {
  return {
    ...agentProcess(context, image),
    name: `${peerName(context)}-agent`,
    HostConfig: { ...confined(readsConntrack(context)), NetworkMode: `container:${serverContainerId}` },
  };
}

/** A command that may only change a peer's network configuration (NET_ADMIN). */
export function besideSpec(
  context: SpecContext,
  image: string,
  stackContainerId: string,
  command: readonly string[],
): ContainerCreateOptions {
  return {
    ...agentProcess(context, image),
    name: `${peerName(context)}-${command[0]}`,
    Cmd: [...command],
    User: '0:0',
    HostConfig: { ...confined(true), NetworkMode: `container:${stackContainerId}` },
  };
}

/**
 * The server image under test. It keeps Docker's default capabilities except those dropped below, and a writable root,
 * because entrypoints change owners, switch users and write anywhere.
 */
export function serverImageSpec(
  context: SpecContext,
  image: { reference: string; env: Readonly<Record<string, string>> },
): ContainerCreateOptions {
  const { plan, peer, runId } = context;
  const first = ownEnds(plan, peer)[0];
  return {
    name: peerName(context),
    Image: image.reference,
    Env: Object.entries(image.env).map(([name, value]) => `${name}=${value}`),
    Labels: peerLabels(context),
    AttachStdout: true,
    AttachStderr: true,
    ...(first && endpoint(networkName(runId, plan, first.link), first.address)),
    HostConfig: {
      ...limits(),
      CapDrop: ['NET_RAW', 'MKNOD', 'AUDIT_WRITE'],
      SecurityOpt: ['no-new-privileges'],
      ...noNames,
      NetworkMode: first ? networkName(runId, plan, first.link) : 'none',
      Sysctls: peer.sysctls,
    },
  };
}

/** A client image in a peer's network namespace, and therefore with the peer's sysctls. */
export function clientSpec(context: SpecContext, image: ClientImage, stackContainerId: string): ContainerCreateOptions {
  return {
    name: `${peerName(context)}-client`,
    Image: image.reference,
    ...(image.args.length > 0 && { Cmd: image.args }),
    Env: Object.entries(image.env).map(([name, value]) => `${name}=${value}`),
    Labels: peerLabels(context),
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      ...limits(),
      CapDrop: ['NET_RAW', 'MKNOD', 'AUDIT_WRITE'],
      SecurityOpt: ['no-new-privileges'],
      NetworkMode: `container:${stackContainerId}`,
    },
  };
}

function agentProcess(context: SpecContext, image: string): ContainerCreateOptions {
  return {
    Image: image,
    User: readsConntrack(context) ? '0:0' : unprivileged,
    Labels: peerLabels(context),
    OpenStdin: true,
    // When the runner ends, stdin closes, and the agent ends with it.
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
  };
}

/** Reading the conntrack table needs CAP_NET_ADMIN in its namespace, and a user that can have capabilities. */
function readsConntrack({ plan, peer }: SpecContext): boolean {
  return peer.nftables !== undefined && plan.scenario.requires.includes('conntrack');
}

/**
 * Sets no limit on open files: a rootless daemon cannot raise it, and Node and the JVM raise the soft limit themselves.
 */
function confined(netAdmin: boolean): NonNullable<ContainerCreateOptions['HostConfig']> {
  return {
    ...limits(),
    CapDrop: ['ALL'],
    ...(netAdmin && { CapAdd: ['NET_ADMIN'] }),
    SecurityOpt: ['no-new-privileges'],
    ReadonlyRootfs: true,
    Tmpfs: { '/tmp': 'rw,nosuid,nodev,size=256m,mode=1777', '/run': 'rw,nosuid,nodev,size=16m,mode=1777' },
  };
}

/**
 * Docker's resolver asks this one for names of no container. Without it, daemons before 23.0.11, 25.0.5 and 26.0 ask the
 * machine's, even for an internal network (CVE-2024-29018). The container's own address answers nothing.
 */
const noNames = { Dns: ['127.0.0.1'] };

function limits(): NonNullable<ContainerCreateOptions['HostConfig']> {
  return {
    // A container that ends is removed, even if the runner was killed.
    AutoRemove: true,
    // The agent's output is data for the runner; a copy in the daemon's log could fill the disk.
    LogConfig: { Type: 'none', Config: {} },
    Memory: memoryBytes,
    MemorySwap: memoryBytes,
    PidsLimit: pids,
  };
}

function endpoint(network: string, address: string): Pick<ContainerCreateOptions, 'NetworkingConfig'> {
  return { NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: ipamOf(address) } } } };
}

/** How a container asks for its address on a network. */
export function ipamOf(address: string): { IPv4Address: string } | { IPv6Address: string } {
  return familyOf(address) === 6 ? { IPv6Address: address } : { IPv4Address: address };
}
