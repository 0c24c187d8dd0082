import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { components } from './table.ts';

/** Names of the components that this machine has. Only looks for files; starts nothing. */
export function probeComponents(): ReadonlySet<string> {
  const isThere = (sign: string) => (sign.startsWith('/') ? isReadable(sign) : findProgram(sign) !== null);
  return new Set(Object.keys(components).filter((name) => components[name]?.signs.every(isThere)));
}

/** Full path of a program; also searches /usr/sbin for servers, which an ordinary user's PATH lacks. */
export function findProgram(program: string): string | null {
  const path = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin`;
  const folder = path.split(':').find((candidate) => candidate !== '' && isReadable(join(candidate, program)));
  return folder === undefined ? null : join(folder, program);
}

/**
 * What execvp(3) would run for the user's program: a name with a slash is a path, any other is searched for on the
 * PATH. `null`: nothing executable was found.
 */
export function findExecutable(program: string, path = process.env.PATH ?? ''): string | null {
  return findExecutables(program, path)[0] ?? null;
}

/** All that it would try, in this order: another user may not be able to use the first. */
export function findExecutables(program: string, path = process.env.PATH ?? ''): string[] {
  const files = program.includes('/') ? [program] : path.split(':').map((folder) => join(folder || '.', program));
  return files.filter((file) => isExecutable(file));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
