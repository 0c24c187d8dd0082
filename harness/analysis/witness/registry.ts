import { countsWitness } from './counts.ts';
import { messageWitness } from './message.ts';
import { portsWitness } from './ports.ts';
import { traceWitness } from './trace.ts';
import { tracepointWitness } from './tracepoint.ts';
import type { Witness } from './witness.ts';

/** Who can see that ports ran out, most exact first; a new one is one file and one line here. */
export const witnesses: readonly Witness[] = [
  traceWitness,
  countsWitness,
  tracepointWitness,
  messageWitness,
  portsWitness,
];
