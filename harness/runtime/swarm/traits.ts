import type { RuntimeTraits } from '../../model/runtime.ts';

/** Each peer is on a machine of its own, so slab statistics, which are a machine's, are nobody's in particular. */
export const swarmTraits: RuntimeTraits = { name: 'swarm', capabilities: { images: true, slab: false, ipv6: false } };
