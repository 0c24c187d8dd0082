import type { RuntimeTraits } from '../../model/runtime.ts';

/** Only root on the machine itself, not in a container, can read the slab statistics. */
export const dockerTraits: RuntimeTraits = { name: 'docker', capabilities: { images: true, slab: false, ipv6: true } };
