import * as z from 'zod';
import { Form } from './vocabulary.ts';

/** A condition that a run must meet. `holds` is a comparison over metrics (docs/report.md). */
export const Gate = z.strictObject({
  /** Shown in the printed line; absent: the comparison itself. */
  name: z.string().optional(),
  holds: z.string(),
  /** Only for cells of these; absent: for all. */
  scenarios: z.array(z.string()).optional(),
  variants: z.array(z.string()).optional(),
  profiles: z.array(z.string()).optional(),
  form: Form.optional(),
  /** End the cell's load as soon as the gate is broken for this long without a pause. Absent: never. */
  abortAfterMs: z.int().min(0).optional(),
});
export type Gate = z.infer<typeof Gate>;

/** A gates file, YAML or JSON. */
export const GatesFile = z.strictObject({ gates: z.array(Gate).min(1) });
export type GatesFile = z.infer<typeof GatesFile>;

/** The result of a gate in one cell. `skipped`: the cell did not run. */
export const GateResult = z.strictObject({
  /** `holds`, with the gate's name where it has one. */
  gate: z.string(),
  cell: z.string(),
  scenario: z.string(),
  profile: z.string(),
  state: z.enum(['held', 'broken', 'skipped']),
  /** The figures it rests on, or why the cell was skipped. */
  observed: z.string(),
});
export type GateResult = z.infer<typeof GateResult>;
