import { accessSync, chmodSync, constants, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import type { Need } from './program-case.ts';

/** The client programs of clients/, ready to run by any user, and what they need. */
export interface ClientsFolder {
  path: string;
  /** Of Debian where there is one: a version manager's shim belongs to one user alone. */
  python: string;
  /** Why a row cannot run here; `null`: it can. */
  missing(needs: readonly Need[]): string | null;
  remove(): void;
}

/** Copies clients/ to a temporary folder and builds the compiled ones there. Errors: a compiler's own. */
export async function prepareClients(): Promise<ClientsFolder> {
  const path = mkdtempSync(join(tmpdir(), 'client-programs-'));
  const remove = () => rmSync(path, { recursive: true, force: true });
  try {
    // A program under test may run as another user.
    chmodSync(path, 0o755);
    cpSync(join(import.meta.dirname, 'clients'), path, { recursive: true });
    const at = { cwd: path };
    const go = { GO111MODULE: 'off', GOFLAGS: '', CGO_ENABLED: '0' };
    if (onPath('go')) await execa('go', ['build', '-o', 'dial', 'dial.go'], { ...at, env: go });
    if (onPath('cc')) await execa('cc', ['-O1', '-pthread', '-o', 'connect', 'connect.c'], at);
    const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
    const requests = await execa(python, ['-c', 'import requests'], { reject: false });
    const lacks = (need: Need) => {
      if (need === 'requests') return requests.exitCode !== 0;
      return !onPath(need === 'python3' ? python : need);
    };
    const missing = (needs: readonly Need[]) => {
      const names = needs.filter(lacks);
      return names.length === 0 ? null : `${names.join(', ')} not found`;
    };
    return { path, python, missing, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function onPath(program: string): boolean {
  const folders = program.startsWith('/') ? [''] : (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(folder === '' ? program : join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
