import { countOf } from '../../model/failures.ts';
import { figure } from '../../model/figure.ts';
import { isNoPort } from '../cell/load-summary.ts';
import { engineFacts } from '../journal/facts.ts';
import type { Witness } from './witness.ts';

/**
 * What the engine counted itself. The lab's own engines see the errno of every call; a program that prints its counts
 * is believed if it reports a failure, but not if it reports none.
 */
export const countsWitness: Witness = {
  name: 'counts',
  look({ cell, peer, since }) {
    const failures = peer.result?.failures ?? peer.load.flatMap((line) => line.failures ?? []);
    const count = countOf(failures.filter(isNoPort));
    const isProgram = peer.program.length > 0;
    if (count > 0 && peer.result?.countedBy !== 'kernel') {
      const first = peer.result?.firstFailures.filter((one) => isNoPort(one)).map(({ at }) => at) ?? [];
      const atMs = first.length === 0 ? null : Math.max(0, since(Math.min(...first)));
      const who = isProgram ? 'by the counts that the program prints' : 'counted by the engine';
      const text = `${figure(count)} calls failed because no port was free, ${who}`;
      return { says: 'saw', certainty: 'observed', atMs, destination: null, count, text };
    }
    if (isProgram) return { says: 'blind', text: 'the program does not say which of its calls failed' };
    const known = engineFacts(cell).sees.includes('errnos') && peer.result?.countedBy !== 'kernel';
    if (known)
      return { says: 'clear', sawEveryCall: true, text: 'the engine saw the errno of every call: no port was missing' };
    return { says: 'blind', text: 'the engine does not see the errno of a failed connect()' };
  },
};
