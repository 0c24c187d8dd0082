import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCode, HarnessError } from '../model/errors.ts';
import { sudoCaller } from './sudo-caller.ts';
import { isMachineRoot } from './uid-map.ts';

/** Users whose folders root may write in: root, who called sudo, and the owner of the lab's own files, which root runs. */
function trustedUids(): ReadonlySet<number> {
  const owner = statSync(dirname(dirname(fileURLToPath(import.meta.url)))).uid;
  const caller = sudoCaller();
  return new Set([0, owner, ...(caller === null ? [] : [caller.uid])]);
}

/** A folder in which every user may replace what is in it: all may write, and no sticky bit keeps them to their own. */
function isOpenToAll(found: Stats): boolean {
  return found.isDirectory() && (found.mode & 0o002) !== 0 && (found.mode & 0o1000) === 0;
}

/**
 * The first folder or link on the way to a path that another user owns or may replace, who could lead root's writes
 * elsewhere. `null`: there is none, or this process is not root of the machine and can write no more than its caller can.
 */
export function strangersPart(path: string): string | null {
  if (!isMachineRoot()) return null;
  const trusted = trustedUids();
  let at: string = sep;
  const rest = resolve(path).split(sep).filter(Boolean);
  for (let links = 0; rest.length > 0; ) {
    const next = join(at, rest.shift() as string);
    const found = lstatSync(next, { throwIfNoEntry: false });
    if (found === undefined) return null;
    if (!trusted.has(found.uid) || isOpenToAll(found)) return next;
    if (!found.isSymbolicLink()) {
      at = next;
      continue;
    }
    // The kernel gives up after 40 links too (path_resolution(7)).
    if (++links > 40) return next;
    const target = resolve(at, readlinkSync(next)).split(sep).filter(Boolean);
    rest.unshift(...target);
    at = sep;
  }
  return null;
}

/** Errors: FOLDER_NOT_OWN (exit 2) where root would write into what another user controls. */
export function needOwnPath(path: string): void {
  const part = strangersPart(path);
  if (part === null) return;
  throw new HarnessError(
    'FOLDER_NOT_OWN',
    `root does not write to ${path}: ${part} belongs to another user, or all may write there`,
    {
      exitCode: exitCode.usage,
      hint: 'copy it to a folder of your own, or run the command as that user',
    },
  );
}

/** Who may read what is written: `owner` alone where root of the machine writes it, otherwise as the umask says. */
export type Readers = 'owner' | 'umask';

/**
 * Root sees what the machine's users may not: other users' processes and sockets, and what programs print. A run's files
 * show it, and are root's or its sudo caller's alone. What an ordinary user writes is for that user's umask to decide.
 */
export function modeFor(readers: Readers, all: number): number {
  return readers === 'owner' && isMachineRoot() ? all & 0o700 : all;
}

/** Creates a folder and those above it; under sudo they belong to the caller. Errors: FOLDER_NOT_OWN. */
export function makeFolder(folder: string, readers: Readers = 'owner'): void {
  needOwnPath(folder);
  const first = mkdirSync(folder, { recursive: true, mode: modeFor(readers, 0o777) });
  const caller = sudoCaller();
  if (first === undefined || caller === null) return;
  for (let one = resolve(folder); one.length >= resolve(first).length; one = dirname(one)) {
    chownSync(one, caller.uid, caller.gid);
  }
}

/** A new file for writing, which under sudo belongs to the caller; never an existing one, nor what a link names. */
export function openNewFile(file: string, readers: Readers = 'owner'): number {
  needOwnPath(dirname(file));
  const descriptor = openSync(file, 'wx', modeFor(readers, 0o666));
  giveToCaller(descriptor);
  return descriptor;
}

/**
 * Writes a file as a whole: readers see the old one or the new one, and a link of that name is replaced and not followed.
 * `mayReplace` is asked right before. Errors: FOLDER_NOT_OWN.
 */
export function writeWholeFile(
  file: string,
  text: string,
  mayReplace: () => void = () => {},
  readers: Readers = 'owner',
): void {
  const part = `${file}.${randomBytes(6).toString('hex')}.part`;
  const descriptor = openNewFile(part, readers);
  try {
    writeFileSync(descriptor, text);
    mayReplace();
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Appends to a file, created if needed; a link is not followed. Errors: FOLDER_NOT_OWN, ELOOP. */
export function appendToFile(file: string, text: string): void {
  needOwnPath(dirname(file));
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
  const descriptor = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, modeFor('owner', 0o666));
  try {
    if (fstatSync(descriptor).size === 0) giveToCaller(descriptor);
    writeSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}

function giveToCaller(descriptor: number): void {
  const caller = sudoCaller();
  if (caller !== null) fchownSync(descriptor, caller.uid, caller.gid);
}
