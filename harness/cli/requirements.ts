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
 * their own file system, as containers do. Errors: MISSING_PROGRAM (exit code 3), with every missing program.
 */
export function needPrograms(
  scenarios: readonly Pick<Scenario, 'load' | 'peers'>[],
  { findProgram }: Pick<Runtime, 'findProgram'>,
): void {
  if (findProgram === undefined) return;
  const missing = scenarios
    .flatMap(programsOf)
    .filter(({ program, places }) => program !== ownProgram && places.every((place) => findProgram(place) === null));
  const [first] = missing;
  if (first === undefined) return;
  const texts = [...new Set(missing.map(({ what, program, places }) => `the ${what} ${missingText(program, places)}`))];
  throw new HarnessError('MISSING_PROGRAM', `${texts.join('; ')}; nothing was started`, {
    exitCode: exitCode.unavailable,
    hint: isFile(first)
      ? `chmod +x ${first.program}, or name its interpreter: python3 ${first.program}`
      : 'install it, or give its path',
  });
}

function missingText(program: string, places: readonly string[]): string {
  if (isFile({ program, places })) return `${shortened(program)} is not an executable file`;
  return `${shortened(program)} was not found${program.includes('/') ? '' : ' on the PATH'}`;
}

const isFile = ({ program, places }: Pick<OwnProgram, 'program' | 'places'>) =>
  program.includes('/') && places.some((place) => existsSync(place));

interface OwnProgram {
  /** `client`, or `program of ROLE`. */
  what: string;
  program: string;
  /** Names and paths, one of which must be found. */
  places: readonly string[];
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
    const [program] = splitCommandLine(command);
    if (program === undefined) return [];
    const places = program.includes('/')
      ? [resolve(folder, program)]
      : [program, ...sbin.map((dir) => join(dir, program))];
    return [{ what, program, places }];
  });
}
