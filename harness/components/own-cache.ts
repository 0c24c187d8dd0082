import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { causeText, exitCode, HarnessError } from '../model/errors.ts';

/** Where the lab keeps what it builds: next to the bundle if the caller owns it, otherwise in the caller's cache. */
export function buildFolder(bundle: string): string {
  return isOwn(bundle) && isWritable(bundle) ? bundle : ownFolder(join(cacheHome(), 'timewait-lab'));
}

/**
 * Creates `folder` for the caller alone (0700) and returns it. The lab starts programs from there, so a folder that
 * another user owns or can write to, or a link in its place, is rejected.
 * Errors: CACHE_NOT_OWN, CACHE_NOT_WRITABLE.
 */
export function ownFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new HarnessError('CACHE_NOT_WRITABLE', `${folder} cannot be created: ${causeText(error)}`, {
      exitCode: exitCode.unavailable,
      hint: 'set XDG_CACHE_HOME to a folder that you own',
    });
  }
  if (isOwn(folder) && (lstatSync(folder).mode & 0o022) === 0) return folder;
  throw new HarnessError(
    'CACHE_NOT_OWN',
    `${folder} is not owned by you, or others can write to it; the lab starts programs from there`,
    {
      exitCode: exitCode.unavailable,
      hint: 'remove it, or set XDG_CACHE_HOME to a folder that you own',
    },
  );
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
 * The home directory from the passwd entry rather than $HOME, which `sudo` may keep from the calling user. A uid
 * without an entry, as in containers, has only $HOME.
 */
function cacheHome(): string {
  if (process.env.XDG_CACHE_HOME) return process.env.XDG_CACHE_HOME;
  try {
    return join(userInfo().homedir, '.cache');
  } catch {
    return join(homedir(), '.cache');
  }
}
