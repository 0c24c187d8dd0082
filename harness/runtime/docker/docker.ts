import type { Network } from 'dockerode';
import type { CellPlan, LinkPlan } from '../../model/cell.ts';
import { causeText, HarnessError } from '../../model/errors.ts';
import { peerRequirements } from '../../plan/requirements.ts';
import type { Availability, Runtime } from '../runtime.ts';
import { linkDoing, networkName } from './container-spec.ts';
import { connectDocker, type DockerApi } from './docker-api.ts';
import { broughtBy, buildHint, type ImageKind, imageKindFor, imageKinds, missingInImages } from './image-plan.ts';
import { builtKinds, ensureImage, ensurePulled, isBuilt, type Progress, planImageHere } from './images.ts';
import { removeAbandoned } from './leftovers.ts';
import { claimSubnets, makeLinkNetwork } from './networks.ts';
import { ownerLabels, type Runner, thisRunner } from './ownership.ts';
import { qdiscsInContainer } from './qdiscs.ts';
import { settableInContainer } from './settable.ts';
import { stackLines } from './stack-setup.ts';
import { startTestbed } from './testbed.ts';
import { dockerTraits } from './traits.ts';

export interface DockerRuntimeOptions {
  /** Receives lines of progress while images are built; for stderr. */
  progress?: Progress;
  env?: NodeJS.ProcessEnv;
}

/** Peers as containers in a Docker daemon, or in podman's Docker-compatible service. */
export function dockerRuntime(options: DockerRuntimeOptions = {}): Runtime {
  const progress = options.progress ?? (() => {});
  const runner = thisRunner();
  let connecting: Promise<DockerApi> | null = null;
  const connect = () => {
    connecting ??= connectDocker(options.env);
    // Checked again next time, because the daemon may have been started since.
    connecting.catch(() => {
      connecting = null;
    });
    return connecting;
  };
  // Images do not change during a run, so each is looked up once.
  const tags = new Map<ImageKind, Promise<string>>();
  const tagOf = (api: DockerApi, kind: ImageKind) => {
    let tag = tags.get(kind);
    if (tag === undefined) {
      tag = ready(api, kind);
      tag.catch(() => tags.delete(kind));
      tags.set(kind, tag);
    }
    return tag;
  };
  async function ready(api: DockerApi, kind: ImageKind): Promise<string> {
    const plan = await planImageHere(api, kind);
    await ensureImage(api, plan, progress);
    return plan.tag;
  }

  return {
    ...dockerTraits,
    sysctlsBy: 'runtime',

    availability: () => availability(connect),

    async facts() {
      const api = await connect();
      return {
        privilege: process.getuid?.() === 0 ? 'root' : 'none',
        versions: { [api.product]: api.version },
      };
    },

    async settableSysctls(keys) {
      const api = await connect();
      return settableInContainer(api, await tagOf(api, imageKinds[0]), keys, runner);
    },

    async qdiscs(kinds) {
      const api = await connect();
      return qdiscsInContainer(api, await tagOf(api, imageKinds[0]), kinds, runner);
    },

    async components() {
      const names = await builtKinds(await connect());
      // The first is built when a run begins; any other with outdated sources is rebuilt before its first cell.
      return broughtBy(imageKinds.filter((kind) => kind === imageKinds[0] || names.has(kind.name)));
    },

    claimSubnets: async (runId) => claimSubnets(await connect(), runId, runner),

    async start(plan, { runId, signal }) {
      const api = await connect();
      const kinds = new Map(
        plan.peers.map((peer) => [peer.role, imageKindFor(peerRequirements(plan.scenario, peer.kind))]),
      );
      const built = new Map<ImageKind, string>();
      for (const kind of new Set(kinds.values())) built.set(kind, await tagOf(api, kind));
      for (const { image } of plan.peers) if (image) await ensurePulled(api, image.reference, progress);
      const imageOf = (peer: CellPlan['peers'][number]) => built.get(kinds.get(peer.role) as ImageKind) as string;
      return startTestbed({
        runner,
        runId,
        plan,
        signal,
        imageOf,
        apiOf: () => api,
        makeLink: (link) => makeBridge(api, plan, link, { runId, runner }),
        linesOf: (peer) => stackLines(plan, peer),
      });
    },

    explainMissing: missingInImages,

    async removeLeftovers() {
      try {
        return await removeAbandoned(await connect());
      } catch (error) {
        // Leftovers in a daemon that does not answer are found at the next start.
        if (error instanceof HarnessError && error.code === 'NO_DOCKER') return { removed: [], left: [] };
        throw error;
      }
    },

    close: async () => {},
  };
}

/** A bridge network for a link, which must be free of other cells of this daemon. */
function makeBridge(
  api: DockerApi,
  plan: CellPlan,
  link: LinkPlan,
  { runId, runner }: { runId: string; runner: Runner },
): Promise<Network> {
  const spec = { name: networkName(runId, plan, link), subnet: link.subnet, labels: ownerLabels(runId, runner) };
  return makeLinkNetwork(api, spec, linkDoing(link));
}

async function availability(connect: () => Promise<DockerApi>): Promise<Availability> {
  try {
    const api = await connect();
    const plans = await Promise.all(imageKinds.map((kind) => planImageHere(api, kind)));
    const built = await Promise.all(plans.map((plan) => isBuilt(api, plan)));
    const missing = plans.filter((_, index) => !built[index]).map((plan) => plan.kind.name);
    const images = missing.length === 0 ? 'images built' : `images not built yet: ${missing.join(', ')}`;
    return {
      available: true,
      detail: `${api.product} ${api.version} at ${api.endpoint.address} (${api.endpoint.source}), ${images}`,
      ...(missing.length > 0 && { hint: buildHint }),
      // Most scenarios need only the first image; the others are built when a cell needs them.
      ...(built[0] !== true && { preparation: 'images are built first' }),
    };
  } catch (error) {
    const hint = error instanceof HarnessError ? error.hint : undefined;
    return { available: false, detail: causeText(error), ...(hint !== undefined && { hint }) };
  }
}
