import * as z from 'zod';
import { parameterIssues } from '../../model/parameters.ts';
import { programIssues } from '../../program/command-issues.ts';
import type { ServerTraits } from '../server.ts';

/** What may stand in braces in the command of a server, and in its configuration file. */
export const serverPlaceholders = [
  'address',
  'port',
  'ports',
  'upstream',
  'upstream_address',
  'upstream_port',
  'upstreams',
  'config',
  'folder',
] as const;

export const ProgramServerParameters = z.strictObject({
  command: z.string().min(1).describe('a program and its arguments'),
  /** Text of a configuration file, with the same placeholders; `{config}` is its path. */
  config: z.string().optional().describe("the text of the program's configuration file"),
  /** Where it runs; absent: in a temporary folder of its own. */
  folder: z.string().optional().describe('the folder in which the program runs'),
  /** Whether it is asked over probing connections how it closes. */
  probe: z.boolean().default(true).describe('true or false'),
  /** It must listen within this time. */
  readyMs: z.int().min(1).max(600_000).default(30_000).describe('milliseconds, at most 600,000'),
});
export type ProgramServerParameters = z.infer<typeof ProgramServerParameters>;

/**
 * Any program as a server: the user's own, a proxy, a database. How it ends connections is measured when it listens, not
 * declared.
 */
export const programServerTraits: ServerTraits = {
  name: 'program',
  requires: [],
  issues(spec) {
    const { command } = spec.parameters;
    const wrong = parameterIssues('program', ProgramServerParameters, spec.parameters);
    if (typeof command !== 'string') {
      if (wrong.length > 0) return wrong;
      return [{ field: 'parameters.command', message: 'is missing', hint: 'a program and its arguments' }];
    }
    return [...wrong, ...programIssues(command, 'parameters.command', serverPlaceholders)];
  },
  facts: () => ({ requestLimit: null, closesAfterClient: null, cpu: { program: 'all' } }),
};
