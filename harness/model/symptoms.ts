import * as z from 'zod';

/** What somebody sees of a problem; `--list` and docs/scenarios/README.md group scenarios by it, in this order. */
export const symptomGroups = [
  'EADDRNOTAVAIL at a client',
  'slow connect()',
  'TIME_WAIT at a client',
  'TIME_WAIT at a server',
  'CLOSE_WAIT',
  'resets',
  'EADDRINUSE at a server',
] as const;
export type SymptomGroup = (typeof symptomGroups)[number];

export const Symptoms = z.strictObject({
  /** The first is where `--list` shows the scenario. */
  groups: z.array(z.enum(symptomGroups)).default([]),
  /** Messages of programs and kernels, as people search for them: `Cannot assign requested address`. */
  messages: z.array(z.string().min(3)).default([]),
});
export type Symptoms = z.infer<typeof Symptoms>;

const normal = (text: string) => text.toLowerCase().replace(/\s+/g, ' ').trim();

/** Whether a text names one of these symptoms: a part of a message or group, or a log line that contains a message. Pure. */
export function hasSymptom({ groups, messages }: Symptoms, text: string): boolean {
  const wanted = normal(text);
  return [...groups, ...messages].map(normal).some((known) => known.includes(wanted) || wanted.includes(known));
}
