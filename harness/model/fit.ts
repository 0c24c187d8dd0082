import * as z from 'zod';
import { Form, Role, Verdict } from './vocabulary.ts';

/** What a live host showed, in a scenario that repeats its load. `observe --save` writes it. */
export const ObservedFigures = z.strictObject({
  /** What was observed, and when; a sentence without its full stop. */
  source: z.string(),
  /** Profiles with the settings as found; the first one that ran is compared. */
  profiles: z.array(z.string()).min(1),
  /** The verdict in the long run. */
  verdict: Verdict,
  /** Connections per second while ports were free. */
  ratePerSec: z.number(),
  /** TIME_WAITs in the long run, predicted; `null`: not known. */
  plateau: z.number().nullable(),
  /** Shares of the TIME_WAITs by role; empty: connections leave none. */
  closedFirst: z.record(Role, z.number()),
});
export type ObservedFigures = z.infer<typeof ObservedFigures>;

export const fitFigures = ['verdict', 'rate', 'plateau', 'closedFirst'] as const;

/** How well the run of a saved load repeats what was observed. */
export const Fit = z.strictObject({
  scenario: z.string(),
  variant: z.string().optional(),
  profile: z.string(),
  form: Form,
  source: z.string(),
  /** Every figure is within 10 %, and the verdict is the same. */
  fits: z.boolean(),
  sentence: z.string(),
  figures: z.array(
    z.strictObject({
      figure: z.enum(fitFigures),
      /** For people: `TIME_WAIT plateau`. */
      label: z.string(),
      /** Of `closedFirst`. */
      role: Role.optional(),
      observed: z.union([z.number(), z.string()]),
      /** Median of the repetitions; `null`: not measured. */
      reproduced: z.union([z.number(), z.string()]).nullable(),
      /** Relative; of `closedFirst` the difference. `null`: of the verdict, or not measured. */
      difference: z.number().nullable(),
      /** `null`: not measured. */
      isNear: z.boolean().nullable(),
    }),
  ),
});
export type Fit = z.infer<typeof Fit>;
