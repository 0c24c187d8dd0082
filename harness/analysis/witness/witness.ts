import type { CellRecord, PeerRecord } from '../journal/collect.ts';

/** One independent source that saw ports run out. */
export interface Sighting {
  /** `observed`: an errno was counted. `inferred`: every four-tuple of a destination was in use while the program went on. */
  certainty: 'observed' | 'inferred';
  /** Since the load began, ms; `null`: this source has no time. */
  atMs: number | null;
  /** `198.18.0.102:8080`; `null`: not known, or more than one. */
  destination: string | null;
  /** Failed calls; `null`: this source does not count. */
  count: number | null;
  /** The evidence as a sentence, with its figures. */
  text: string;
}

/**
 * What one witness reports about a cell. `saw`: ports ran out. `clear`: it would have seen it, and did not. `blind`:
 * it could not have seen it, and why. `sawEveryCall`: the result of every connect() and bind(), so that an inference from
 * the use of ports is wrong.
 */
export type Testimony =
  | ({ says: 'saw' } & Sighting)
  | { says: 'clear'; text: string; sawEveryCall?: boolean }
  | { says: 'blind'; text: string };

/** What a witness looks at: one load peer of a cell. */
export interface Scene {
  cell: CellRecord;
  peer: PeerRecord;
  /** Run time → ms since the load began. */
  since(t: number): number;
}

/** An independent source for what a program does not report. */
export interface Witness {
  name: string;
  look(scene: Scene): Testimony;
}

/** The combined result of all witnesses. */
export interface Finding {
  exhausted: 'yes' | 'no' | 'unknown';
  /** The decisive sighting; `null` unless `exhausted` is `yes`. */
  sighting: (Sighting & { witness: string }) | null;
  /** A line for each witness with something to report, the decisive one first. */
  evidence: string[];
}

/**
 * Weighs testimonies. A counted errno decides; then a witness that saw every call; then an inference; then a witness that
 * would have seen it. If none could have seen it: unknown, never `no`. Pure.
 */
export function weigh(testimonies: readonly (Testimony & { witness: string })[]): Finding {
  const seen = testimonies.filter((one) => one.says === 'saw');
  const refuted = testimonies.some((one) => one.says === 'clear' && one.sawEveryCall === true);
  const decisive = seen.find((one) => one.certainty === 'observed') ?? (refuted ? undefined : seen[0]);
  const others = testimonies.filter((one) => one !== decisive && one.says !== 'blind');
  if (decisive !== undefined) {
    const { says: _, ...sighting } = decisive;
    return { exhausted: 'yes', sighting, evidence: [decisive.text, ...others.map((one) => one.text)] };
  }
  const clear = testimonies.some((one) => one.says === 'clear');
  const shown = clear ? others.filter((one) => one.says === 'clear') : testimonies;
  return { exhausted: clear ? 'no' : 'unknown', sighting: null, evidence: shown.map((one) => one.text) };
}
