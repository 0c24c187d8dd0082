import { existsSync } from 'node:fs';
import { missingOnMachine } from '../components/table.ts';
import { ownProgram } from '../load/program/traits.ts';
import { exitCode, HarnessError } from '../model/errors.ts';
import { shortened } from '../model/nearest.ts';
import type { PlanningRuntime } from '../model/runtime.ts';
import type { Scenario } from '../model/scenario.ts';
import { missingComponents } from '../plan/requirements.ts';
import { splitCommandLine } from '../program/command-line.ts';
import type { Runtime } from '../runtime/runtime.ts';

/**
 * Rejects a run in which no cell could start, with the command that fixes it; if some can start, the others are skipped
 * with that command (plan/plan.ts). `present`: `null` if the runtime has everything.
 * Errors: MISSING_PROGRAM (exit code 3).
 */
export function needInstalled(
  scenarios: readonly Scenario[],
  present: ReadonlySet<string> | null,
  runtime?: Pick<PlanningRuntime, 'explainMissing'>,
): void {
  if (present === null) return;
  const explain = (names: readonly string[]) => runtime?.explainMissing(names) ?? missingOnMachine(names);
  const missing = scenarios.map((scenario) => missingComponents(scenario, present, explain));
  const all = missing.flatMap((one) => one?.requirements ?? []);
  if (all.length === 0 || missing.includes(null)) return;
  const { reason, hint } = explain([...new Set(all)]);
  throw new HarnessError('MISSING_PROGRAM', reason, {
    exitCode: exitCode.unavailable,
    ...(hint !== undefined && { hint }),
  });
}

/**
 * Rejects clients and servers whose program a peer would not find, before anything is started. Not checked if peers have
 * their own file system, as containers do. Errors: MISSING_PROGRAM, UNUSABLE_PROGRAM (exit code 3).
 */
export async function needPrograms(
  scenarios: readonly Pick<Scenario, 'load' | 'peers'>[],
  { findProgram, unusableFiles }: Pick<Runtime, 'findProgram' | 'unusableFiles'>,
): Promise<void> {
  if (findProgram === undefined) return;
  for (const { what: role, argv } of scenarios.flatMap(programsOf)) {
    const [program = ''] = argv;
    if (program === ownProgram) continue;
    if (findProgram(program) !== null) {
      const unusable = await unusableFiles?.(argv);
      if (unusable !== undefined && unusable.files.length > 0) throw unusableError(unusable);
      continue;
    }
    const isPath = program.includes('/');
    const isFile = isPath && existsSync(program);
    const what = isFile ? 'is not an executable file' : `was not found${isPath ? '' : ' on the PATH'}`;
    const hint = isFile
      ? `chmod +x ${program}, or name its interpreter: python3 ${program}`
      : 'install it, or give its path';
    throw new HarnessError('MISSING_PROGRAM', `the ${role} ${shortened(program)} ${what}; nothing was started`, {
      exitCode: exitCode.unavailable,
      hint,
    });
  }
}

function unusableError({ files, user }: { files: readonly string[]; user: string }): HarnessError {
  const them = files.length === 1 ? 'it' : 'them';
  return new HarnessError(
    'UNUSABLE_PROGRAM',
    `programs under test run as ${user}, who cannot use ${files.join(', ')}`,
    {
      exitCode: exitCode.unavailable,
      hint: `copy ${them} to a folder that ${user} can read, or run the program as root of this machine with --as-root`,
    },
  );
}

/** The programs of a scenario that are the user's own, and what each is. A server's is searched in /usr/sbin too. */
function programsOf({ load, peers }: Pick<Scenario, 'load' | 'peers'>): { what: string; argv: string[] }[] {
  const commands = [
    { what: 'client', command: load.parameters.command },
    ...Object.entries(peers).flatMap(([role, peer]) =>
      peer.serves
        .filter((spec) => spec.server === 'program')
        .map((spec) => ({ what: `program of ${role}`, command: spec.parameters.command })),
    ),
  ];
  return commands.flatMap(({ what, command }) => {
    const argv = splitCommandLine(String(command ?? ''));
    return argv.length === 0 ? [] : [{ what, argv }];
  });
}
