import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { exitCode, HarnessError, type ValidationIssue } from '../model/errors.ts';
import { shortened } from '../model/nearest.ts';
import type { ObservedTarget } from '../model/observation.ts';
import { isMachineRoot } from '../rights/uid-map.ts';
import { standIn } from './read-only-command.ts';

/** What the command line names; at most one of the three. */
export interface TargetArguments {
  pid?: string | undefined;
  container?: string | undefined;
  netns?: string | undefined;
}

/** A network namespace that can be read. */
export interface Target {
  name: ObservedTarget;
  /** Process whose /proc/PID/net shows it. */
  pid: number;
  /** `net:[4026531840]`; `null`: this user may not read it. */
  namespace: string | null;
  /** Command prefixes that enter it, to be tried in turn; empty: it is this process's own. */
  enter: readonly (readonly string[])[];
  /** Processes of the observation itself that may be in it. */
  ours: ReadonlySet<number>;
  close(): void;
}

/** Issues of the options that name the target, all at once. */
export function targetIssues(args: TargetArguments): ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  const { pid, container, netns } = args;
  const given = Object.entries({ pid, container, netns }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (given.length > 1) {
    const message = `only one network namespace can be observed at a time, but ${given.map((name) => `--${name}`).join(' and ')} were given`;
    issues.push({ field: 'command line', message, hint: 'give one of them, or none for the stack of this host' });
  }
  if (args.pid !== undefined && !(/^\d{1,10}$/.test(args.pid) && Number(args.pid) > 0)) {
    issues.push({ field: '--pid', message: `'${shortened(args.pid)}' is not a process id`, hint: 'a number from ps' });
  }
  if (args.netns !== undefined && !/^[^/\s]+$/.test(args.netns)) {
    const message = `'${shortened(args.netns)}' is not the name of a network namespace`;
    issues.push({ field: '--netns', message, hint: 'ip netns list shows them' });
  }
  if (args.container !== undefined && !/^[\w.-]+$/.test(args.container)) {
    const message = `'${shortened(args.container)}' is not the name of a container`;
    issues.push({ field: '--container', message, hint: 'docker ps or podman ps shows them' });
  }
  return issues;
}

/** `containerPid`: asks the container daemon. Errors: NO_SUCH_TARGET (exit 2), TARGET_NOT_READABLE (exit 3). */
export async function openTarget(
  args: TargetArguments,
  containerPid: (name: string) => Promise<number>,
): Promise<Target> {
  if (args.pid !== undefined) return ofPid({ kind: 'pid', name: args.pid }, Number(args.pid));
  if (args.container !== undefined) {
    return ofPid({ kind: 'container', name: args.container }, await containerPid(args.container));
  }
  if (args.netns !== undefined) return ofNamespace(args.netns);
  return { ...ofPid({ kind: 'host', name: 'this host' }, process.pid), enter: [] };
}

function ofPid(name: ObservedTarget, pid: number): Target {
  try {
    readFileSync(`/proc/${pid}/net/sockstat`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new HarnessError('NO_SUCH_TARGET', `there is no process ${pid}`, {
        exitCode: exitCode.usage,
        hint: 'ps -e lists them; in a container name the pid as the host knows it, or use --container',
      });
    }
    throw new HarnessError('TARGET_NOT_READABLE', `the network namespace of process ${pid} cannot be read`, {
      exitCode: exitCode.unavailable,
      hint: 'run as the same user, or as root',
      cause: error,
    });
  }
  const namespace = namespaceOf(pid);
  const own = namespace !== null && namespace === namespaceOf(process.pid);
  const target = ['-t', String(pid), '-n'];
  // The second is for a container of this user's own, whose user namespace owns its network namespace. Root needs it not,
  // and would be in the hands of whoever made that user namespace (ptrace(2), user_namespaces(7)).
  const ofOwn = isMachineRoot() ? [] : [['nsenter', ...target, '-U', '--preserve-credentials']];
  const enter = own ? [] : [['nsenter', ...target], ...ofOwn];
  return { name, pid, namespace, enter, ours: new Set([process.pid]), close: () => {} };
}

async function ofNamespace(name: string): Promise<Target> {
  const file = `/run/netns/${name}`;
  let inode: number;
  try {
    inode = statSync(file).ino;
  } catch {
    throw new HarnessError('NO_SUCH_TARGET', `there is no network namespace '${shortened(name)}'`, {
      exitCode: exitCode.usage,
      hint: `ip netns list shows them; one without a name: --pid of a process in it${namedHint()}`,
    });
  }
  const within = pidsIn(`net:[${inode}]`)[0];
  if (within !== undefined) return ofPid({ kind: 'namespace', name }, within);
  const child = await standIn(file);
  if (child === null) {
    throw new HarnessError('TARGET_NOT_READABLE', `the network namespace '${name}' cannot be entered`, {
      exitCode: exitCode.unavailable,
      hint: 'run as root; nsenter comes with util-linux',
    });
  }
  const target = ofPid({ kind: 'namespace', name }, child.pid as number);
  return { ...target, ours: new Set([target.pid]), close: () => child.stdin?.end() };
}

function namedHint(): string {
  try {
    const names = readdirSync('/run/netns');
    return names.length === 0 ? '' : `; named are ${names.slice(0, 5).join(', ')}`;
  } catch {
    return '';
  }
}

/** `net:[4026531840]`; `null`: it has ended, or this user may not see it. */
export function namespaceOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return null;
  }
}

export function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function pidsIn(namespace: string): number[] {
  return allPids().filter((pid) => namespaceOf(pid) === namespace);
}
