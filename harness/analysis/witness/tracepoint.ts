import { figure } from '../../model/figure.ts';
import type { Witness } from './witness.ts';

/** connect() calls that found no local port, as the kernel reported them; it does not see a bind() that fails. */
export const tracepointWitness: Witness = {
  name: 'tracepoint',
  look({ peer, since }) {
    const start = peer.program.find(({ event }) => event.is === 'start')?.event;
    if (start?.is !== 'start' || start.watchedBy === undefined) {
      return { says: 'blind', text: "the kernel's tracepoint could not be read" };
    }
    const lines = peer.program.flatMap(({ t, event }) => (event.is === 'port-misses' ? [{ t, ...event }] : []));
    const failed = lines.flatMap((line) => line.failed);
    const count = failed.reduce((sum, one) => sum + one.count, 0);
    const isCutShort = lines.some(({ lost }) => lost > 0);
    if (count > 0) {
      const [first] = lines.filter((line) => line.failed.length > 0);
      const destinations = new Set(failed.map((one) => one.destination));
      const [only = null] = destinations.size === 1 ? destinations : [];
      return {
        says: 'saw',
        certainty: 'observed',
        atMs: first === undefined ? null : Math.max(0, since(first.t)),
        destination: only,
        count: isCutShort ? null : count,
        text: `${isCutShort ? 'at least ' : ''}${figure(count)} connect() ${count === 1 ? 'call' : 'calls'} found no free local port (${start.watchedBy})`,
      };
    }
    if (isCutShort) return { says: 'blind', text: 'the kernel dropped events of the tracepoint' };
    const bound = lines.reduce((sum, line) => sum + line.bound, 0);
    if (bound > 0) {
      return {
        says: 'blind',
        text: `${figure(bound)} sockets were bound to a port before connect(): a bind() that fails is not seen`,
      };
    }
    return { says: 'clear', text: `every connect() found a free local port (${start.watchedBy})` };
  },
};
