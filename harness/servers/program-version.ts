import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a program says of its version, `prefix` before it; `null` where it says nothing that fits. */
export async function programVersion(
  program: string,
  args: readonly string[],
  pattern: RegExp,
  prefix: string,
): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...args]);
    const found = pattern.exec(stdout + stderr)?.[1];
    return found === undefined ? null : prefix + found;
  } catch {
    return null;
  }
}
