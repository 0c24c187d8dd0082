import { figure } from '../../model/figure.ts';
import { occupancyWitness } from './occupancy.ts';
import { stackInput } from './stack-input.ts';
import type { Witness } from './witness.ts';

/** Below this share of the range in use, a message about a missing port must have another cause. */
const nearlyFull = 0.9;

/** What the program printed: "Cannot assign requested address" and its like, where the ports were in use as well. */
export const messageWitness: Witness = {
  name: 'messages',
  look({ cell, peer, since }) {
    const first = peer.program.find(({ event }) => event.is === 'message');
    if (first?.event.is !== 'message')
      return { says: 'blind', text: 'the program printed nothing about a missing port' };
    const end = peer.program.find(({ event }) => event.is === 'end')?.event;
    const lines = end?.is === 'end' ? end.messages : peer.program.filter(({ event }) => event.is === 'message').length;
    const said = `the program printed ${figure(lines)} × "${first.event.text.slice(0, 120)}"`;
    const input = stackInput(cell, peer);
    const used = Math.max(0, ...(input?.samples ?? []).map((sample) => sample.sockets));
    if (input !== null && used < nearlyFull * input.ports && occupancyWitness(input).says !== 'saw') {
      const text = `${said}, but no more than ${figure(used)} of ${figure(input.ports)} ports were in use`;
      return { says: 'blind', text };
    }
    return {
      says: 'saw',
      certainty: 'observed',
      atMs: Math.max(0, since(first.t)),
      destination: null,
      count: null,
      text: said,
    };
  },
};
