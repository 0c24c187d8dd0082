import { chmodSync, lchownSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { modeFor } from '../rights/safe-files.ts';
import { sudoCaller } from '../rights/sudo-caller.ts';

/** A column's folder has two levels; a kernel could make as many as it likes. */
const mostLevels = 4;

/**
 * Leaves only plain files and folders in what a virtual machine has written, without setuid bits, and under sudo the
 * caller's. The kernel inside is root in that folder: it can make devices, pipes that never end, links to the host's files,
 * and programs with the setuid bit. To be called when the machine has ended and before anything in it is read. Returns the
 * names of what was removed.
 */
export function settleFolder(folder: string, levels = mostLevels): string[] {
  const removed: string[] = [];
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const found = lstatSync(path);
    const isKept = found.isFile() || (found.isDirectory() && levels > 1);
    if (!isKept) {
      rmSync(path, { recursive: true, force: true });
      removed.push(path);
      continue;
    }
    if (found.isDirectory()) {
      chmodSync(path, 0o700);
      removed.push(...settleFolder(path, levels - 1));
    }
    // Changing the owner clears the special bits too, but only where root does it.
    chmodSync(path, found.mode & modeFor('owner', 0o777));
    const caller = sudoCaller();
    if (caller !== null) lchownSync(path, caller.uid, caller.gid);
  }
  return removed;
}
