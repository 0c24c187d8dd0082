import type { RuntimeTraits } from '../../model/runtime.ts';

/** The kernel shows its slabs to root on the machine itself, not in a container. */
export const dockerTraits: RuntimeTraits = { name: 'docker', capabilities: { images: true, slab: false } };
