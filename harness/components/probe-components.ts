import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { Requirement } from '../model/scenario.ts';
import { components } from './requirements.ts';

/** Which components this machine has. Looks for files only; starts nothing. */
export function probeComponents(): ReadonlySet<Requirement> {
  const names = Object.keys(components) as Requirement[];
  return new Set(
    names.filter((name) =>
      components[name].signs.every((sign) => (sign.startsWith('/') ? isReadable(sign) : findProgram(sign) !== null)),
    ),
  );
}

/** Full path of a program; servers are in /usr/sbin, which an ordinary user's PATH leaves out. */
export function findProgram(program: string): string | null {
  const path = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin`;
  const folder = path.split(':').find((candidate) => candidate !== '' && isReadable(join(candidate, program)));
  return folder === undefined ? null : join(folder, program);
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
