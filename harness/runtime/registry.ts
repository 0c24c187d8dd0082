import type { RuntimeTraits } from '../model/runtime.ts';
import { dockerTraits } from './docker/traits.ts';
import { netnsTraits } from './netns/traits.ts';
import type { Runtime } from './runtime.ts';
import type { Fleet } from './swarm/hosts.ts';
import { swarmTraits } from './swarm/traits.ts';

/** A runtime that users can name; its code is loaded on demand. */
export interface RuntimeEntry extends RuntimeTraits {
  load(options: LoadRuntimeOptions): Promise<Runtime>;
}

export interface LoadRuntimeOptions {
  /** Receives lines for stderr, such as those of an image build. */
  progress: (line: string) => void;
  /** The Docker hosts that --hosts names; absent: none. */
  fleet?: Fleet | undefined;
  /** Programs under test run with the rights of the lab itself (netns). Default false. */
  asRoot?: boolean | undefined;
}

/**
 * All runtimes, in the order in which `auto` prefers them. Loaded on demand, because dockerode alone adds a third of a
 * second to the start.
 */
export const runtimes: readonly RuntimeEntry[] = [
  { ...netnsTraits, load: async ({ asRoot = false }) => (await import('./netns/netns.ts')).netnsRuntime({ asRoot }) },
  { ...dockerTraits, load: async (options) => (await import('./docker/docker.ts')).dockerRuntime(options) },
  {
    ...swarmTraits,
    load: async ({ fleet = null, progress }) => (await import('./swarm/swarm.ts')).swarmRuntime({ fleet, progress }),
  },
];
