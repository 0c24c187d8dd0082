import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
  const programs = scenarios.flatMap(programsOf).filter(({ argv }) => argv[0] !== ownProgram);
  const missing = programs.filter(({ places }) => places.every((place) => findProgram(place) === null));
  const [first] = missing;
  if (first !== undefined) {
    const texts = [...new Set(missing.map(missingText))];
    throw new HarnessError('MISSING_PROGRAM', `${texts.join('; ')}; nothing was started`, {
      exitCode: exitCode.unavailable,
      hint: isFile(first)
        ? `chmod +x ${first.argv[0]}, or name its interpreter: python3 ${first.argv[0]}`
        : 'install it, or give its path',
    });
  }
  for (const { argv, folder } of programs) {
    const unusable = await unusableFiles?.(argv.map((word) => fileIn(folder, word)));
    if (unusable !== undefined && unusable.files.length > 0) throw unusableError(unusable);
  }
}

interface OwnProgram {
  /** `client`, or `program of ROLE`. */
  what: string;
  argv: readonly string[];
  /** Where it runs. */
  folder: string;
  /** Names and paths, one of which must be found. */
  places: readonly string[];
}

function missingText(missing: OwnProgram): string {
  const [program = ''] = missing.argv;
  const text = `the ${missing.what} ${shortened(program)}`;
  if (isFile(missing)) return `${text} is not an executable file`;
  return `${text} was not found${program.includes('/') ? '' : ' on the PATH'}`;
}

const isFile = ({ argv, places }: OwnProgram) =>
  argv[0]?.includes('/') === true && places.some((place) => existsSync(place));

/** A word that names a file of the program's folder, as a path; others as they are. */
const fileIn = (folder: string, word: string) => (existsSync(resolve(folder, word)) ? resolve(folder, word) : word);

function unusableError({ files, user }: { files: readonly string[]; user: string }): HarnessError {
  const them = files.length === 1 ? 'it' : 'them';
  return new HarnessError(
    'UNUSABLE_PROGRAM',
    `programs under test run as the user ${user}, who cannot use ${files.join(', ')}`,
    {
      exitCode: exitCode.unavailable,
      hint: `let the user ${user} read ${them}, such as in a folder of /tmp, or run the program as root of this machine with --as-root`,
    },
  );
}

/** The programs of a scenario that are the user's own. A server's is searched for in /usr/sbin too. */
function programsOf({ load, peers }: Pick<Scenario, 'load' | 'peers'>): OwnProgram[] {
  const commands = [
    { what: 'client', sbin: [], ...load.parameters },
    ...Object.entries(peers).flatMap(([role, peer]) =>
      peer.serves
        .filter((spec) => spec.server === 'program')
        .map((spec) => ({ what: `program of ${role}`, sbin: ['/usr/sbin', '/sbin'], ...spec.parameters })),
    ),
  ] as { what: string; sbin: string[]; command?: string; folder?: string }[];
  return commands.flatMap(({ what, sbin, command = '', folder = '.' }) => {
    const argv = splitCommandLine(command);
    const [program] = argv;
    if (program === undefined) return [];
    const isPath = program.includes('/');
    const places = isPath ? [resolve(folder, program)] : [program, ...sbin.map((dir) => join(dir, program))];
    return [{ what, argv, folder, places }];
  });
}
