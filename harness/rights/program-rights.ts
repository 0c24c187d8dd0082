import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import * as z from 'zod';
import { exitCode, HarnessError } from '../model/errors.ts';
import { sudoCaller } from './sudo-caller.ts';

/** With which rights an agent starts programs under test. */
export const ProgramRights = z.strictObject({
  /** The user they run as; `null`: the agent's own. */
  user: z.strictObject({ uid: z.int(), gid: z.int(), home: z.string() }).nullable(),
  capabilities: z.enum(['none', 'all']),
  /** They have a mount namespace of their own, whose /proc shows only the processes of their peer. */
  ownProc: z.boolean(),
  /** The machine's network namespace, in which nothing may be written. */
  machine: z.string(),
});
export type ProgramRights = z.infer<typeof ProgramRights>;

/** Rights from the runtime to its agents. Absent, as in containers: programs have the agent's own rights. */
export const rightsVariable = 'TIMEWAIT_LAB_RIGHTS';

/** Rights for programs that this process starts; `null`: its own. */
export function ownProgramRights(environment: NodeJS.ProcessEnv = process.env): ProgramRights | null {
  const text = environment[rightsVariable];
  return text === undefined ? null : ProgramRights.parse(JSON.parse(text));
}

/** nobody, as in containers (runtime/docker/container-spec.ts). */
export const nobody = 65_534;

/**
 * The user that programs under test run as when root starts the lab: the one who called sudo, else nobody. Numbers and
 * not names: a container may have no passwd entry.
 */
export function programUser(
  environment: NodeJS.ProcessEnv = process.env,
  passwd: string = readOrEmpty('/etc/passwd'),
): NonNullable<ProgramRights['user']> {
  const { uid, gid } = sudoCaller(environment, 0) ?? { uid: nobody, gid: nobody };
  const entry = passwd.split('\n').find((line) => line.split(':')[2] === String(uid));
  return { uid, gid, home: entry?.split(':')[5] || '/' };
}

/** The environment of programs: the agent's, with the home of their own user, without the agent's instructions. */
export function programEnvironment(
  rights: ProgramRights | null,
  environment: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  if (rights === null) return environment;
  const { [rightsVariable]: _, ...rest } = environment;
  return { ...rest, ...(rights.user !== null && { HOME: rights.user.home }) };
}

export interface Command {
  command: string;
  args: readonly string[];
}

/**
 * The command as it is started with these rights: `unshare` and `setpriv` execute it in place, so that its pid is theirs.
 * Without a bounding set and with no_new_privs (prctl(2)) it cannot get a capability back, not even as uid 0.
 */
export function withRights(rights: ProgramRights | null, { command, args }: Command): Command {
  if (rights === null || rights.capabilities === 'all') return { command, args };
  const [program = '', ...rest] = [
    ...(rights.ownProc ? ['unshare', '--mount-proc'] : []),
    ...['setpriv', ...userOptions(rights), '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs', '--'],
    command,
    ...args,
  ];
  return { command: program, args: rest };
}

function userOptions({ user }: ProgramRights): string[] {
  return user === null ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
}

export interface NeededFile {
  path: string;
  /** Whether it is executed, or only read. */
  as: 'program' | 'file';
}

/** Those of the files that a program with these rights could not use, asked of the kernel as that user. */
export function unusableFiles(rights: ProgramRights | null, files: readonly NeededFile[]): string[] {
  if (rights === null || rights.user === null || files.length === 0) return [];
  const script = 'while [ $# -gt 0 ]; do test "-$1" "$2" || printf "%s\\0" "$2"; shift 2; done';
  const asked = files.flatMap(({ path, as }) => [as === 'program' ? 'x' : 'r', path]);
  const { command, args } = withRights(
    { ...rights, ownProc: false },
    { command: 'sh', args: ['-c', script, 'sh', ...asked] },
  );
  const { stdout, error } = spawnSync(command, [...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  if (error !== undefined) throw new HarnessError('PROGRAM_RIGHTS', 'setpriv did not start', { cause: error });
  return stdout.split('\0').filter(Boolean);
}

/** The first of the files that a program's user can execute; `null`: none. */
export function usableProgram(rights: ProgramRights | null, files: readonly string[]): string | null {
  const unusable = new Set(
    unusableFiles(
      rights,
      files.map((path) => ({ path, as: 'program' })),
    ),
  );
  return files.find((file) => !unusable.has(file)) ?? null;
}

/**
 * Rights for a program of the lab's own. Where its user cannot reach its files, such as a checkout below /root, it keeps
 * the agent's user, and still gets no capability.
 */
export function rightsForOwn(rights: ProgramRights | null, files: readonly NeededFile[]): ProgramRights | null {
  if (rights === null || unusableFiles(rights, files).length === 0) return rights;
  return { ...rights, user: null };
}

/**
 * Gives a folder of the agent's and all that is in it to the user that programs run as. No link is followed. Folders
 * above it that are the agent's own, below TMPDIR, can then be passed through, not listed. Errors: TEMPORARY_NOT_REACHABLE.
 */
export function handOver(folder: string, rights: ProgramRights | null = ownProgramRights()): void {
  const user = rights?.user ?? null;
  if (user === null) return;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    lchownSync(join(entry.parentPath, entry.name), user.uid, user.gid);
  }
  for (let above = dirname(folder); above.startsWith(join(tmpdir(), sep)); above = dirname(above)) {
    const { uid, mode } = statSync(above);
    if (uid === process.geteuid?.() && (mode & 0o001) === 0) chmodSync(above, (mode & 0o7777) | 0o011);
  }
  // Last: until then nobody else can change what is in it.
  chownSync(folder, user.uid, user.gid);
  if (unusableFiles(rights, [{ path: folder, as: 'file' }]).length === 0) return;
  throw new HarnessError('TEMPORARY_NOT_REACHABLE', `programs under test cannot use the temporary folder ${folder}`, {
    exitCode: exitCode.unavailable,
    hint: 'set TMPDIR to a folder that every user can enter, such as /tmp',
  });
}

const unprivilegedStart = '/proc/sys/net/ipv4/ip_unprivileged_port_start';

/**
 * Lets a server without capabilities listen on ports below 1024, as Docker does for containers, and only from the lowest
 * that it needs. Errors: OWN_NAMESPACE.
 */
export function allowPorts(ports: readonly number[], rights: ProgramRights | null = ownProgramRights()): void {
  if (rights === null || rights.capabilities === 'all') return;
  const lowest = Math.min(...ports);
  if (lowest >= 1024 || Number(readOrEmpty(unprivilegedStart)) <= lowest) return;
  if (readlinkSync('/proc/self/ns/net') === rights.machine) {
    throw new HarnessError('OWN_NAMESPACE', "refused to write sysctls: this is the machine's own network namespace");
  }
  writeFileSync(unprivilegedStart, `${lowest}\n`);
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
