import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readFileSync, readlinkSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExecaError, execa } from 'execa';
import { causeText, exitCode, HarnessError } from '../../model/errors.ts';
import { isEmulated } from '../../probe/host.ts';
import { passedOnEnvironment } from '../../rights/environment.ts';
import { type ProgramRights, programUser, rightsVariable, withRights } from '../../rights/program-rights.ts';
import { isMapped } from '../../rights/uid-map.ts';

/**
 * How processes get into our own namespaces: as root directly, as an ordinary user through one holder process in an
 * unprivileged user namespace, in which all others are created.
 */
export interface Launcher {
  readonly privilege: 'root' | 'user-namespace';
  /** Of the programs under test. */
  readonly rights: ProgramRights;
  /** Command prefix that lets a command create and enter network namespaces. */
  readonly prefix: readonly string[];
  close(): Promise<void>;
}

/** Each of our processes dies with its parent, even by SIGKILL: PR_SET_PDEATHSIG, prctl(2). */
const dieWithParent = ['setpriv', '--pdeathsig', 'KILL'];

/** libuv then batches epoll_ctl calls: 3 to 5 % more short connections per second (bench/README.md). */
const agentEnvironment = {
  UV_USE_IO_URING: '1',
  // Code that one emulated CPU compiles while another runs it is translated again and again: with V8's compiler threads
  // an emulated agent made 16 connections per second, without them 360 (Linux 6.1 under QEMU TCG, 2 CPUs).
  ...(isEmulated(cpus()[0]?.model ?? null) && { NODE_OPTIONS: '--v8-pool-size=0' }),
};

export const userNamespaceHint =
  "run as root, or allow unprivileged user namespaces: 'sudo sysctl -w kernel.unprivileged_userns_clone=1' (Debian) or 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0' (Ubuntu 24.04)";

/** For root that is refused: it is root of a container. */
const capabilityHint =
  'the container needs CAP_SYS_ADMIN and CAP_NET_ADMIN (docker run --privileged); or take --runtime docker';

/**
 * A container has /proc/sys read-only. In a mount namespace of its own a process with CAP_SYS_ADMIN can make it writable
 * again, for the settings of its own network namespace.
 */
const writableSettings = 'mount -o remount,bind,rw /proc/sys && exec "$@"';

/** Command prefix that starts a command in a new network namespace whose settings can be written. */
export function intoFreshNetwork(...more: string[]): string[] {
  const fresh = ['unshare', '--net', ...more];
  return process.getuid?.() === 0 && isReadOnly('/proc/sys/net/ipv4/tcp_fin_timeout')
    ? [...fresh, '--mount', '--propagation', 'private', 'sh', '-c', writableSettings, 'sh']
    : fresh;
}

/** The same, as the first process of a new pid namespace too. */
function intoFreshNamespaces(): string[] {
  return intoFreshNetwork('--pid', '--fork', '--kill-child=KILL');
}

function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS';
  }
}

/** Errors: NO_USER_NAMESPACE (exit code 3) where this user cannot make network namespaces, tried and not guessed. */
export async function openLauncher({ asRoot = false } = {}): Promise<Launcher> {
  const launcher = (await isRootHere()) ? rootLauncher : await throughHolder();
  const [program = '', ...args] = [...launcher.prefix, ...intoFreshNamespaces(), 'ip', 'link', 'set', 'lo', 'up'];
  try {
    await execa(program, args);
    return { ...launcher, rights: await rightsHere(launcher, asRoot) };
  } catch (error) {
    await launcher.close();
    if (error instanceof HarnessError) throw error;
    throw noNamespaces(error instanceof ExecaError ? (error.stderr ?? '') : '', error);
  }
}

/**
 * Links are made from the runner's own network namespace. Root of a user namespace (unshare --map-root-user) has no rights
 * in it if it belongs to another one; entering it needs the same rights, and changes nothing.
 */
async function isRootHere(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const { failed } = await execa('nsenter', ['--net=/proc/self/ns/net', 'true'], { reject: false });
  return !failed;
}

function noNamespaces(said: string, cause: unknown): HarnessError {
  const reason = said.trim().split('\n')[0] || causeText(cause);
  return new HarnessError('NO_USER_NAMESPACE', `this user cannot create network namespaces: ${reason}`, {
    exitCode: exitCode.unavailable,
    hint: process.getuid?.() === 0 ? capabilityHint : userNamespaceHint,
    cause,
  });
}

const rootLauncher: Omit<Launcher, 'rights'> = { privilege: 'root', prefix: [], close: async () => {} };

/**
 * Rights of programs under test, tried as they will be used. Where a container hides parts of /proc the kernel refuses
 * another one: programs then see the machine's. Errors: PROGRAM_RIGHTS (exit code 3).
 */
async function rightsHere(
  { privilege, prefix }: Pick<Launcher, 'privilege' | 'prefix'>,
  asRoot: boolean,
): Promise<ProgramRights> {
  const machine = readlinkSync('/proc/self/ns/net');
  if (asRoot) return { user: null, capabilities: 'all', ownProc: false, machine };
  const wanted = programUser();
  // In a user namespace of one user, uid 0 is the caller, and there is nobody else to become.
  const user = privilege === 'root' && isMapped(wanted.uid) ? wanted : null;
  let last: unknown;
  for (const ownProc of [true, false]) {
    const rights: ProgramRights = { user, capabilities: 'none', ownProc, machine };
    const { command, args } = withRights(rights, { command: 'true', args: [] });
    const [program = '', ...rest] = [...prefix, ...intoFreshNamespaces(), command, ...args];
    try {
      await execa(program, rest, { cwd: '/' });
      return rights;
    } catch (error) {
      last = error;
    }
  }
  throw new HarnessError('PROGRAM_RIGHTS', 'programs under test cannot be started without privileges', {
    exitCode: exitCode.unavailable,
    hint: 'as root of a container, give it CAP_SETUID and CAP_SETGID; or run them with --as-root',
    cause: last instanceof ExecaError ? last.stderr : last,
  });
}

async function throughHolder(): Promise<Omit<Launcher, 'rights'>> {
  const holder = spawn(
    dieWithParent[0] as string,
    [...dieWithParent.slice(1), 'unshare', '--user', '--map-root-user', '--net', '--mount', 'cat'],
    { detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let stderr = '';
  holder.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  try {
    await new Promise<void>((resolve, reject) => {
      holder.once('error', reject);
      holder.once('exit', () => reject(new Error(stderr.trim() || 'unshare ended at once')));
      // cat echoes only once unshare has created the namespaces and started it.
      holder.stdout.once('data', () => resolve());
      holder.stdin.on('error', () => {}).write('ready\n');
    });
  } catch (error) {
    throw noNamespaces(stderr, error);
  }
  return {
    privilege: 'user-namespace',
    prefix: ['nsenter', '--target', String(holder.pid), '--user', '--net', '--mount', '--preserve-credentials'],
    close: async () => {
      if (holder.exitCode !== null || holder.signalCode !== null) return;
      const exited = once(holder, 'exit');
      holder.stdin.end();
      await exited;
    },
  };
}

/**
 * Starts `command` as the first process of new network and pid namespaces. When the first process of a pid namespace
 * ends, the kernel kills every other process in it. The child is `unshare`, which waits; the command is its child.
 */
export function spawnInFreshNamespaces(
  launcher: Launcher,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  const argv = [...launcher.prefix, ...dieWithParent, ...intoFreshNamespaces(), ...command];
  // In its own session, so that Ctrl-C on the terminal reaches only the runner, which then shuts down in order.
  return spawn(argv[0] as string, argv.slice(1), {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...passedOnEnvironment(process.env),
      ...agentEnvironment,
      [rightsVariable]: JSON.stringify(launcher.rights),
      ...env,
    },
  });
}

/** Pid of the first process in the new namespaces, known some ms before its first output. */
export async function innerPid(child: ChildProcess, ownNamespace: string, stderr: () => string): Promise<number> {
  const deadline = performance.now() + 5000;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    const found = onlyChildOf(child.pid as number);
    if (found !== null && namespaceOf(found) !== ownNamespace) return found;
    await sleep(1);
  }
  throw new HarnessError(
    'NAMESPACE_NOT_STARTED',
    `a network namespace did not start: ${stderr() || 'no answer within 5 s'}`,
  );
}

function onlyChildOf(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? null : Number(text.split(' ')[0]);
  } catch {
    return null;
  }
}

function namespaceOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return null;
  }
}

/** Runs `ip -batch -` in the namespace of `pid`, or (pid absent) in the launcher's. */
export async function ipBatch(launcher: Launcher, pid: number | null, lines: readonly string[]): Promise<void> {
  const enter = pid === null ? [] : ['nsenter', '--target', String(pid), '--net'];
  const argv = [...launcher.prefix, ...enter, 'ip', '-batch', '-'];
  try {
    await execa(argv[0] as string, argv.slice(1), { input: `${lines.join('\n')}\n` });
  } catch (error) {
    throw new HarnessError('IP_FAILED', `ip could not set up a link: ${causeText(error)}`, { cause: error });
  }
}

/** Runs `tc -batch -` in the namespace of `pid`. */
export async function tcBatch(launcher: Launcher, pid: number, lines: readonly string[]): Promise<void> {
  const argv = [...launcher.prefix, 'nsenter', '--target', String(pid), '--net', 'tc', '-batch', '-'];
  try {
    await execa(argv[0] as string, argv.slice(1), { input: `${lines.join('\n')}\n` });
  } catch (error) {
    throw new HarnessError('TC_FAILED', `tc could not shape a link: ${causeText(error)}`, { cause: error });
  }
}

export async function nftLoad(launcher: Launcher, pid: number, ruleset: string): Promise<void> {
  const argv = [...launcher.prefix, 'nsenter', '--target', String(pid), '--net', 'nft', '-f', '-'];
  try {
    await execa(argv[0] as string, argv.slice(1), { input: ruleset });
  } catch (error) {
    throw new HarnessError('NFT_FAILED', `nft rejected the ruleset: ${causeText(error)}`, {
      hint: 'apt-get install nftables',
      cause: error,
    });
  }
}
