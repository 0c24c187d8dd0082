import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ownProgramRights, programEnvironment, withRights } from '../rights/program-rights.ts';

/** The version that a program prints after `prefix`; `null` if it is not in the output. Never rejects. */
export async function programVersion(
  program: string,
  args: readonly string[],
  pattern: RegExp,
  prefix: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string | null> {
  try {
    const rights = ownProgramRights();
    const asked = withRights(rights, { command: program, args });
    const { stdout, stderr } = await promisify(execFile)(asked.command, [...asked.args], {
      env: { ...programEnvironment(rights), ...env },
    });
    const found = pattern.exec(stdout + stderr)?.[1];
    return found === undefined ? null : prefix + found;
  } catch {
    return null;
  }
}
