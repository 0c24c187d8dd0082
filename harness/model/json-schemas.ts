import * as z from 'zod';
import { GatesFile } from './gates.ts';
import { JournalLine } from './journal.ts';
import { Observation } from './observation.ts';
import { Report } from './report.ts';
import { Profile } from './scenario.ts';
import { ScenarioFile } from './scenario-file.ts';

/**
 * JSON Schemas (draft 2020-12) of the contracts: of files that the lab writes, as written; of files that people write,
 * with fields that have defaults optional.
 */
export function jsonSchemas(): Record<string, object> {
  const written = (schema: z.ZodType, title: string) => ({
    title,
    ...z.toJSONSchema(schema, { io: 'output', reused: 'ref' }),
  });
  const accepted = (schema: z.ZodType, title: string) => ({
    title,
    ...z.toJSONSchema(schema, { io: 'input', reused: 'ref' }),
  });
  return {
    report: written(Report, 'timewait-lab report.json'),
    'journal-line': written(JournalLine, 'timewait-lab journal.ndjson, one line'),
    observation: written(Observation, 'timewait-lab observation.json'),
    gates: accepted(GatesFile, 'timewait-lab gates file'),
    scenario: accepted(ScenarioFile, 'timewait-lab scenario file'),
    profile: accepted(Profile, 'timewait-lab profile'),
  };
}
