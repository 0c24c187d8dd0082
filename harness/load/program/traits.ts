import * as z from 'zod';
import type { LoadSpec } from '../../model/scenario.ts';
import { closePolicies } from '../../model/vocabulary.ts';
import { programIssues } from '../../program/command-issues.ts';
import { splitCommandLine } from '../../program/command-line.ts';
import type { EngineTraits } from '../engine.ts';
import { loadParameterIssues } from '../parameters.ts';
import { placeholders } from './command-line.ts';

/** The lab's own Go program, which stands beside the agent or is on the PATH of an image. */
export const ownProgram = 'go-client';

const ProgramParameters = z.strictObject({
  command: z.string().optional().describe('a program and its arguments'),
  folder: z.string().optional().describe('the folder in which the program runs'),
  traceErrors: z.boolean().optional().describe('trace its failed connect() and bind() calls (strace)'),
});

/**
 * Any program as a load: a real client, of the catalogue (docker/go-client/) or of the user's own. Where it
 * prints its counts (lines.ts) they are used; where not, its connections are counted by its stack.
 */
export const programTraits: EngineTraits = {
  name: 'program',
  // The program closes as it does: the scenario says what is expected, and the counters show it.
  closePolicies,
  // What a program of the user's own needs is the user's affair.
  requires: (load) => [
    ...(programOf(load) === ownProgram ? ['go'] : []),
    ...(commandOf(load).includes('{clients}') ? ['clients'] : []),
    ...(tracesErrors(load) ? ['strace'] : []),
  ],
  issues(load) {
    const { command } = load.parameters;
    const issues = [
      ...loadParameterIssues('program', ProgramParameters, load),
      ...(typeof command === 'string' ? programIssues(command, 'load.parameters.command', placeholders) : []),
    ];
    if (command !== undefined) return issues;
    return [
      ...issues,
      {
        field: 'load.parameters.command',
        message: 'the engine program has no program to run',
        hint: "name one with --client-cmd 'PROGRAM ARGS'; {url}, {address}, {port}, {target} and {targets} are filled in",
      },
    ];
  },
  // What it sees it sees only where it prints its counts; else LoadResult.countedBy names the kernel.
  facts: () => ({
    keepsPolicy: false,
    paced: false,
    sees: ['attempts', 'answers', 'errnos'],
    cpu: { client: 'all' },
  }),
};

/** Whether the program's failed calls are to be traced. */
export function tracesErrors(load: LoadSpec): boolean {
  return load.parameters.traceErrors === true;
}

const commandOf = (load: LoadSpec) => String(load.parameters.command ?? '');

function programOf(load: LoadSpec): string | undefined {
  return splitCommandLine(commandOf(load))[0];
}
