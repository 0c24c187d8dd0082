import type { RuntimeTraits } from '../../model/runtime.ts';

export const netnsTraits: RuntimeTraits = { name: 'netns', capabilities: { images: false, slab: true, ipv6: true } };
