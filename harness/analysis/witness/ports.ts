import { occupancyWitness } from './occupancy.ts';
import { stackInput } from './stack-input.ts';
import type { Witness } from './witness.ts';

/** The ports of the network namespace: every four-tuple of a destination in use while the program goes on. */
export const portsWitness: Witness = {
  name: 'ports',
  look({ cell, peer }) {
    const input = stackInput(cell, peer);
    return input === null ? { says: 'blind', text: 'the load has no times' } : occupancyWitness(input);
  },
};
