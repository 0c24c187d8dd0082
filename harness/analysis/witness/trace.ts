import { figure } from '../../model/figure.ts';
import { isNoPort } from '../cell/load-summary.ts';
import type { Witness } from './witness.ts';

/** Failed connect() and bind() calls by a trace of the program's system calls: exact, where it was requested. */
export const traceWitness: Witness = {
  name: 'trace',
  look({ peer, since }) {
    const start = peer.program.find(({ event }) => event.is === 'start')?.event;
    if (start?.is !== 'start' || start.tracedBy === undefined)
      return { says: 'blind', text: 'its calls were not traced' };
    let count = 0;
    let atMs: number | null = null;
    const destinations = new Set<string | null>();
    for (const { t, event } of peer.program) {
      if (event.is !== 'traced') continue;
      for (const failure of event.failures) {
        if (!isNoPort({ errno: failure.errno, phase: failure.syscall })) continue;
        count += failure.count;
        destinations.add(failure.syscall === 'connect' ? failure.address : null);
        atMs ??= since(t);
      }
    }
    if (count === 0) {
      const text = `no connect() or bind() failed for lack of a port (${start.tracedBy})`;
      return { says: 'clear', sawEveryCall: true, text };
    }
    const first = (peer.result?.firstFailures ?? []).filter((one) => isNoPort(one)).map(({ at }) => since(at));
    const [only = null] = destinations.size === 1 ? destinations : [];
    return {
      says: 'saw',
      certainty: 'observed',
      atMs: first.length > 0 ? Math.max(0, Math.min(...first)) : atMs,
      destination: only,
      count,
      text: `${figure(count)} connect() or bind() ${count === 1 ? 'call' : 'calls'} failed because no port was free (${start.tracedBy})`,
    };
  },
};
