import type { CellPlan } from '../../model/cell.ts';
import { causeText, exitCode, HarnessError } from '../../model/errors.ts';
import { peerRequirements } from '../../plan/requirements.ts';
import { linkDoing, networkName } from '../docker/container-spec.ts';
import { connectDocker, connectTo, type DockerApi, surroundings } from '../docker/docker-api.ts';
import { namedEndpoint } from '../docker/endpoint.ts';
import { broughtBy, type ImageKind, imageKindFor, imageKinds, missingInImages } from '../docker/image-plan.ts';
import { builtKinds, ensureImage, ensurePulled, type Progress, planImageHere } from '../docker/images.ts';
import { ownerLabels, thisRunner } from '../docker/ownership.ts';
import { qdiscsInContainer } from '../docker/qdiscs.ts';
import { settableInContainer } from '../docker/settable.ts';
import { stackLines } from '../docker/stack-setup.ts';
import { startTestbed } from '../docker/testbed.ts';
import type { Availability, Runtime } from '../runtime.ts';
import { type ConnectedFleet, connectFleet } from './fleet.ts';
import type { Fleet } from './hosts.ts';
import { removeFleetLeftovers } from './leftovers.ts';
import { claimFleetSubnets, makeOverlay } from './overlay.ts';
import { furtherAddressLines, placePeers } from './placement.ts';
import { shipImage } from './ship-image.ts';
import { swarmTraits } from './traits.ts';

export interface SwarmRuntimeOptions {
  /** `null`: none was named, so that this runtime is not available. */
  fleet: Fleet | null;
  progress?: Progress;
  env?: NodeJS.ProcessEnv;
}

const fleetHint =
  'name the hosts: --hosts a=ssh://user@host,b=DOCKER-CONTEXT, or TIMEWAIT_LAB_HOSTS (docs/fleet.md shows how)';

/**
 * Peers as containers on several Docker hosts, linked by overlay networks of their swarm. Each container is created and
 * attached through its own host's daemon, because a swarm's manager cannot attach to a container of another node.
 */
export function swarmRuntime({ fleet, progress = () => {}, env }: SwarmRuntimeOptions): Runtime {
  const runner = thisRunner();
  let connecting: Promise<ConnectedFleet> | null = null;
  const connect = () => {
    connecting ??= fleet === null ? Promise.reject(noFleet()) : connectFleet(fleet, env);
    // Checked again next time, because a host may have come back.
    connecting.catch(() => {
      connecting = null;
    });
    return connecting;
  };
  let choosing: Promise<DockerApi> | null = null;
  /** Where images are built: the runner's own daemon, which has a base and a cache; without one, the first host. */
  const builder = ({ hosts, manager }: ConnectedFleet) => {
    choosing ??= connectDocker(env).catch(() => hosts[0]?.api ?? manager);
    return choosing;
  };
  const shipped = new Map<string, Promise<void>>();
  /** Makes sure that a host has an image of the builder's; once for each pair. */
  const ship = (reference: string, connected: ConnectedFleet, name: string) => {
    const key = `${name} ${reference}`;
    let shipping = shipped.get(key);
    if (shipping === undefined) {
      shipping = builder(connected).then((from) => shipImage(from, hostNamed(connected, name), reference, progress));
      shipping.catch(() => shipped.delete(key));
      shipped.set(key, shipping);
    }
    return shipping;
  };
  const tags = new Map<ImageKind, Promise<string>>();
  /** The tag of an image that the builder has; every host gets it from there. */
  const tagOf = (connected: ConnectedFleet, kind: ImageKind) => {
    let tag = tags.get(kind);
    if (tag === undefined) {
      tag = built(connected, kind);
      tag.catch(() => tags.delete(kind));
      tags.set(kind, tag);
    }
    return tag;
  };
  async function built(connected: ConnectedFleet, kind: ImageKind): Promise<string> {
    const at = await builder(connected);
    const plan = await planImageHere(at, kind);
    await ensureImage(at, plan, progress);
    return plan.tag;
  }

  return {
    ...swarmTraits,
    sysctlsBy: 'runtime',

    availability: () => availability(connect),

    async facts() {
      const { hosts } = await connect();
      const versions = Object.fromEntries(hosts.map(({ name, facts }) => [`host ${name}`, facts.daemon]));
      return { privilege: process.getuid?.() === 0 ? 'root' : 'none', versions };
    },

    async settableSysctls(keys) {
      const connected = await connect();
      const image = await tagOf(connected, imageKinds[0]);
      const answers = await Promise.all(
        connected.hosts.map(async ({ name, api }) => {
          await ship(image, connected, name);
          return settableInContainer(api, image, keys, runner);
        }),
      );
      // A key must be settable wherever a peer may be placed.
      const known = answers.filter((answer) => answer !== null);
      return known.length < answers.length ? null : new Set(keys.filter((key) => known.every((one) => one.has(key))));
    },

    async qdiscs(kinds) {
      const connected = await connect();
      const image = await tagOf(connected, imageKinds[0]);
      const answers = await Promise.all(
        connected.hosts.map(async ({ name, api }) => {
          await ship(image, connected, name);
          return qdiscsInContainer(api, image, kinds, runner);
        }),
      );
      const known = answers.filter((answer) => answer !== null);
      return known.length < answers.length
        ? null
        : new Set(kinds.filter((kind) => known.every((one) => one.has(kind))));
    },

    async components() {
      const names = await builtKinds(await builder(await connect()));
      return broughtBy(imageKinds.filter((kind) => kind === imageKinds[0] || names.has(kind.name)));
    },

    claimSubnets: async (runId) => claimFleetSubnets((await connect()).manager, runId, runner),

    async start(plan, { runId, signal }) {
      const connected = await connect();
      const names = connected.hosts.map(({ name }) => name);
      const placed = placePeers(plan, names, fleet?.place ?? {});
      const hostOf = (peer: CellPlan['peers'][number]) => hostNamed(connected, placed.get(peer.role) ?? '');
      const imageNames = new Map<string, string>();
      for (const peer of plan.peers) {
        const tag = await tagOf(connected, imageKindFor(peerRequirements(plan.scenario, peer.kind)));
        imageNames.set(peer.role, tag);
        const host = hostOf(peer);
        await ship(tag, connected, host.name);
        if (peer.image) await ensurePulled(host.api, peer.image.reference, progress);
      }
      return startTestbed({
        runner,
        runId,
        plan,
        signal,
        imageOf: (peer) => imageNames.get(peer.role) as string,
        apiOf: (peer) => hostOf(peer).api,
        hostOf: (peer) => hostOf(peer).facts,
        makeLink: (link) => {
          const labels = ownerLabels(runId, runner);
          const spec = { name: networkName(runId, plan, link), subnet: link.subnet, labels };
          return makeOverlay(connected.manager, spec, linkDoing(link));
        },
        linesOf: (peer) => [...stackLines(plan, peer), ...furtherAddressLines(plan, peer)],
      });
    },

    explainMissing: missingInImages,

    async removeLeftovers() {
      const at = surroundings(env);
      const hosts = (fleet?.hosts ?? []).map(({ name, address }) => ({
        name,
        connect: async () => connectTo(namedEndpoint(at, address, `host ${name}`)),
      }));
      return removeFleetLeftovers(hosts);
    },

    close: async () => {},
  };
}

async function availability(connect: () => Promise<ConnectedFleet>): Promise<Availability> {
  try {
    const { hosts } = await connect();
    const names = hosts.map(({ name, facts }) => `${name} (${facts.daemon}, Linux ${facts.kernel ?? 'unknown'})`);
    return { available: true, detail: `${hosts.length} hosts in one swarm: ${names.join(', ')}` };
  } catch (error) {
    const hint = error instanceof HarnessError ? error.hint : undefined;
    return { available: false, detail: causeText(error), ...(hint !== undefined && { hint }) };
  }
}

function noFleet(): HarnessError {
  return new HarnessError('NO_FLEET', 'no hosts are named', { exitCode: exitCode.unavailable, hint: fleetHint });
}

function hostNamed({ hosts }: ConnectedFleet, name: string) {
  const host = hosts.find((candidate) => candidate.name === name);
  if (host === undefined) throw new HarnessError('NO_HOST', `no host '${name}' in the fleet`);
  return host;
}
