import type { HostFacts } from '../model/journal.ts';

/** For the line with the facts of a run: only what differs from the usual. Empty: nothing. */
export function unusualRights(programs: HostFacts['programs']): string[] {
  return programs?.capabilities === 'all' ? ["programs with the lab's own rights (--as-root)"] : [];
}

/** What programs under test could do, in a phrase: `uid 65534, no capabilities, own /proc`. */
export function programRights(programs: HostFacts['programs']): string {
  if (programs === undefined) return 'not recorded';
  const { uid, capabilities, ownProc } = programs;
  if (capabilities === 'all') return "the lab's own (--as-root)";
  const who = uid === null ? "the lab's user" : `uid ${uid}`;
  return [who, 'no capabilities', ownProc ? 'own /proc' : "the machine's /proc"].join(', ');
}
