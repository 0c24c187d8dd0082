import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/*
 * The one file of this room that starts processes: commands that only read, because /proc/sys shows the namespace of the
 * process that reads it, and because a namespace without a process has no /proc/PID.
 */

/** Output of a command that reads; `null`: it is missing, was refused, or printed nothing. */
export async function outputOf(argv: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await run(argv[0] as string, argv.slice(1), { maxBuffer: 1 << 28, timeout: 10_000 });
    return stdout === '' ? null : stdout;
  } catch (error) {
    // grep ends with 2 when one of several files is missing; what it read of the others is still there.
    const { stdout } = error as { stdout?: string };
    return stdout === undefined || stdout === '' ? null : stdout;
  }
}

/**
 * Runs a command that reads, with an open file as its descriptor 3, and gives its output in parts. Resolves false if it
 * is missing or ends with an error.
 */
export function readOutput(
  argv: readonly string[],
  file: number | 'ignore',
  onPart: (part: Buffer) => void,
): Promise<boolean> {
  const child = spawn(argv[0] as string, argv.slice(1), { stdio: ['ignore', 'pipe', 'ignore', file] });
  child.stdout?.on('data', onPart);
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}

/** Keeps a process that does nothing inside a network namespace, so that /proc/PID/net shows it. Ends with this one. */
export async function standIn(namespaceFile: string): Promise<ChildProcess | null> {
  const child = spawn('nsenter', [`--net=${namespaceFile}`, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const isThere = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', () => resolve(false));
    // cat echoes once it runs, which is once nsenter has entered.
    child.stdout.once('data', () => resolve(true));
  });
  child.stdin.on('error', () => {}).write('\n');
  return (await isThere) ? child : null;
}
