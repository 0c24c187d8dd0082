import { existsSync } from 'node:fs';
import { ownProgramRights, unusableFiles } from '../rights/program-rights.ts';

/**
 * The folder in which a program is wanted to run, or `otherwise` where there is none, as in a container, or its user may
 * not enter it, as below /root: haproxy ends if it cannot return to where it was started.
 */
export function workingFolder(wanted: unknown, otherwise: string): string {
  if (typeof wanted !== 'string' || !existsSync(wanted)) return otherwise;
  return unusableFiles(ownProgramRights(), [{ path: wanted, as: 'program' }]).length === 0 ? wanted : otherwise;
}
