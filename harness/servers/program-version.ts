import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The version that a program prints after `prefix`; `null` if it is not in the output. Never rejects. */
export async function programVersion(
  program: string,
  args: readonly string[],
  pattern: RegExp,
  prefix: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...args], { env: { ...process.env, ...env } });
    const found = pattern.exec(stdout + stderr)?.[1];
    return found === undefined ? null : prefix + found;
  } catch {
    return null;
  }
}
