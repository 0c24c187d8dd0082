import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The version that a program prints, `prefix` before it; `null` where it prints nothing that fits. Never rejects. */
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
