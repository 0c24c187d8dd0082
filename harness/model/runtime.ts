import type { RuntimeName } from './vocabulary.ts';

/** What only some runtimes can do, each as the end of the sentence "the runtime NAME cannot …". */
export const capabilities = {
  /** Peers and clients from container images. */
  images: 'run container images',
  /** /sys/kernel/slab of the kernel that the peers run on. */
  slab: "read the kernel's slab statistics",
  /** Links over IPv6. */
  ipv6: 'connect peers over IPv6',
} as const;
export type Capability = keyof typeof capabilities;

/** What is known about a runtime before it is loaded. */
export interface RuntimeTraits {
  readonly name: RuntimeName;
  readonly capabilities: Readonly<Record<Capability, boolean>>;
}

/** Why cells are skipped, and the command that fixes it where there is one. */
export interface SkipReason {
  reason: string;
  hint?: string;
}

/** What planning needs from the runtime that will run the cells. */
export interface PlanningRuntime extends RuntimeTraits {
  /** Explains that its peers lack these components. */
  explainMissing(requirements: readonly string[]): SkipReason;
}
