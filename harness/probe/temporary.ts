import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { causeText, exitCode, HarnessError } from '../model/errors.ts';
import { startedTicks, thisPlace } from './process-identity.ts';

/*
 * Temporary files of a run are in one folder, TMPDIR/timewait-lab-run-PLACE-PID-START, which names the process that owns
 * it, so that what a SIGKILL left can be told from what a running lab uses.
 */

/** Agents that share the runner's file system get the runner's folder in this variable. */
export const temporaryVariable = 'TIMEWAIT_LAB_TMP';

const prefix = 'timewait-lab-run-';
const named = /^timewait-lab-run-([0-9a-z]+)-(\d+)-(\d+)$/;

let own: string | null = null;

/**
 * This run's folder, created for the caller alone (0700) when first asked for, and removed when this process exits.
 * Errors: TEMPORARY_NOT_OWN, TEMPORARY_NOT_WRITABLE (exit 3).
 */
export function temporaryFolder(): string {
  const given = process.env[temporaryVariable];
  if (given !== undefined && isOwn(given)) return given;
  if (own !== null && isOwn(own)) return own;
  const folder = join(tmpdir(), `${prefix}${place()}-${process.pid}-${startedTicks(process.pid) ?? 0}`);
  try {
    // Not recursive: it fails for anything that is already there, a link included.
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw refused('TEMPORARY_NOT_WRITABLE', folder, error);
    if (!isOwn(folder)) throw refused('TEMPORARY_NOT_OWN', folder, new Error('it belongs to another user'));
  }
  if (own === null) process.on('exit', removeOwnTemporary);
  own = folder;
  return folder;
}

/** A new folder in it, `NAME-random`. */
export function makeTemporary(name: string): string {
  return mkdtempSync(join(temporaryFolder(), `${name}-`));
}

/** Removes this process's folder. Never throws: what stays is removed at the next start. */
export function removeOwnTemporary(): void {
  if (own === null) return;
  try {
    rmSync(own, { recursive: true, force: true, maxRetries: 2, retryDelay: 50 });
  } catch {
    // A killed server may still be writing.
  }
}

/**
 * Removes the folders of processes that have ended: those of this user, this boot and this pid namespace alone. Another
 * place's pids cannot be checked from here, and a link is never followed.
 */
export function removeLeftTemporary(): { removed: string[]; left: string[] } {
  const outcome: { removed: string[]; left: string[] } = { removed: [], left: [] };
  const parent = tmpdir();
  for (const entry of orElse(() => readdirSync(parent), [])) {
    const [, where, pid, started] = named.exec(entry) ?? [];
    if (where !== place() || startedTicks(Number(pid)) === started) continue;
    const folder = join(parent, entry);
    if (!isOwn(folder)) continue;
    try {
      rmSync(folder, { recursive: true, force: true });
      outcome.removed.push(`temporary folder ${folder}`);
    } catch (error) {
      outcome.left.push(`temporary folder ${folder}: ${causeText(error)}`);
    }
  }
  return outcome;
}

/** Where a pid has a meaning, short because paths of UNIX sockets have 108 bytes. */
function place(): string {
  const { boot, pidNamespace } = thisPlace();
  return createHash('sha256').update(`${boot} ${pidNamespace}`).digest('hex').slice(0, 8);
}

function isOwn(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.geteuid?.() && (found.mode & 0o022) === 0;
}

function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

function refused(code: string, folder: string, cause: unknown): HarnessError {
  return new HarnessError(code, `the temporary folder ${folder} cannot be used`, {
    exitCode: exitCode.unavailable,
    hint: 'set TMPDIR to a folder that you own',
    cause,
  });
}
