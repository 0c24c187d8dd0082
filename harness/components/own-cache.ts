import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { causeText, exitCode, HarnessError } from '../model/errors.ts';

/** Where the lab keeps what it builds: beside a bundle of the caller's own, otherwise (installed) in the caller's cache. */
export function buildFolder(bundle: string): string {
  return isOwn(bundle) && isWritable(bundle) ? bundle : ownFolder(join(cacheHome(), 'timewait-lab'));
}

/**
 * Makes `folder` for the caller alone (0700) and returns it. What is found there is started as a program, so that
 * a folder that somebody else owns, may write to, or has put a link in place of is refused.
 * Errors: CACHE_NOT_OWN, CACHE_NOT_WRITABLE.
 */
export function ownFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new HarnessError('CACHE_NOT_WRITABLE', `${folder} cannot be made: ${causeText(error)}`, {
      exitCode: exitCode.unavailable,
      hint: 'set XDG_CACHE_HOME to a folder of your own',
    });
  }
  if (isOwn(folder) && (lstatSync(folder).mode & 0o022) === 0) return folder;
  throw new HarnessError('CACHE_NOT_OWN', `${folder} is not yours alone to write to; programs are started from there`, {
    exitCode: exitCode.unavailable,
    hint: 'remove it, or set XDG_CACHE_HOME to a folder of your own',
  });
}

function isOwn(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.geteuid?.();
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The home of the passwd entry and not $HOME, which `sudo` may leave at that of the user who called it. A uid
 * without an entry, as in containers, has $HOME alone.
 */
function cacheHome(): string {
  if (process.env.XDG_CACHE_HOME) return process.env.XDG_CACHE_HOME;
  try {
    return join(userInfo().homedir, '.cache');
  } catch {
    return join(homedir(), '.cache');
  }
}
