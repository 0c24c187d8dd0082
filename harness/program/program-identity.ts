import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { findExecutable } from '../components/probe-components.ts';
import { ownProgramRights, programEnvironment, withRights } from '../rights/program-rights.ts';

/** Larger files are not read: a digest must not delay the load. */
const maxBytes = 64 << 20;
const maxFiles = 8;

/**
 * The executable and the files among its arguments: name → first 12 hexadecimal digits of the SHA-256, so that two runs
 * show whether the program was the same. What is no readable file, or is larger than 64 MiB, is left out.
 */
export function fileDigests(
  argv: readonly string[],
  cwd: string,
  path = process.env.PATH ?? '',
): Record<string, string> {
  const [program, ...args] = argv;
  const executable = program === undefined ? null : findFile(program, cwd, path);
  const files = [executable, ...args.map((word) => resolve(cwd, word))];
  const found: Record<string, string> = {};
  for (const file of files) {
    if (file === null || Object.keys(found).length >= maxFiles) continue;
    const digest = digestOf(file);
    if (digest !== null) found[basename(file)] = digest;
  }
  return found;
}

function digestOf(file: string): string | null {
  try {
    const { size } = statSync(file);
    // A FIFO or a device would block or never end.
    if (!statSync(file).isFile() || size > maxBytes) return null;
    return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
  } catch {
    return null;
  }
}

/** What would run, as a path of its own: a name with a slash is relative to `cwd`. */
function findFile(program: string, cwd: string, path: string): string | null {
  return findExecutable(program.includes('/') ? resolve(cwd, program) : program, path);
}

/** Programs of the system's packages; others might not know the options and start their work. */
const systemFolders = /^\/(usr\/(bin|sbin|lib|libexec|share)|bin|sbin)\//;
const versionOptions = ['--version', '-v'];
const answerWithinMs = 1000;

/**
 * The first line with a version number that a program of the system's packages prints when asked; `null`: none, or it is
 * a program of the user's own, which is not started a second time. Never rejects.
 */
export async function askVersion(
  program: string,
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string | null> {
  const file = findFile(program, cwd, env.PATH ?? process.env.PATH ?? '');
  if (file === null || !systemFolders.test(realPath(file))) return null;
  for (const option of versionOptions) {
    const line = versionLine(await outputOf(file, option));
    if (line !== null) return line;
  }
  return null;
}

export function versionLine(output: string | null): string | null {
  const line = output?.split('\n').find((text) => /\d+\.\d+/.test(text));
  return line === undefined
    ? null
    : line
        .replace(/[^\x20-\x7e]/g, '')
        .trim()
        .slice(0, 80);
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/** What it printed; `null`: it ended with an error, or not in time. */
function outputOf(file: string, option: string): Promise<string | null> {
  return new Promise((resolveOutput) => {
    const rights = ownProgramRights();
    const asked = withRights(rights, { command: file, args: [option] });
    const child = spawn(asked.command, [...asked.args], {
      env: programEnvironment(rights),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let text = '';
    const keep = (chunk: Buffer) => {
      if (text.length < 4096) text += chunk.toString('latin1');
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer = setTimeout(() => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It ended by itself meanwhile.
      }
      resolveOutput(null);
    }, answerWithinMs);
    child.on('error', () => resolveOutput(null));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolveOutput(code === 0 ? text : null);
    });
  });
}
