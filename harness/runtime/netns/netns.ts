import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { buildGoClient } from '../../components/build-go-client.ts';
import { buildFolder } from '../../components/own-cache.ts';
import { findExecutable, findExecutables, findProgram, probeComponents } from '../../components/probe-components.ts';
import { missingOnMachine } from '../../components/table.ts';
import type { CellPlan, PeerPlan } from '../../model/cell.ts';
import { causeText, HarnessError } from '../../model/errors.ts';
import { sysctlPath } from '../../model/sysctl-key.ts';
import type { QdiscKind } from '../../plan/link-skip.ts';
import { requirementsOf } from '../../plan/requirements.ts';
import { identityText, thisProcess } from '../../probe/process-identity.ts';
import { temporaryFolder, temporaryVariable } from '../../probe/temporary.ts';
import {
  type NeededFile,
  nobody,
  type ProgramRights,
  unusableFiles,
  usableProgram,
} from '../../rights/program-rights.ts';
import type { Availability, Peer, Runtime, StartOptions, Testbed } from '../runtime.ts';
import { probeArguments, shapeLines } from '../shape-lines.ts';
import {
  innerPid,
  intoFreshNetwork,
  ipBatch,
  type Launcher,
  nftLoad,
  openLauncher,
  spawnInFreshNamespaces,
  tcBatch,
} from './launcher.ts';
import { removeLeftovers } from './leftovers.ts';
import { interfaceLines, linkLine, routeLines } from './links.ts';
import { netnsTraits } from './traits.ts';

/** dist/agent.cjs is next to the bundled command line. */
const agentFile = join(fileURLToPath(new URL('.', import.meta.url)), 'agent.cjs');

/** Peers as plain Linux network namespaces: no Docker, no image, nothing to install but iproute2. */
export function netnsRuntime(options: { agentFile?: string; asRoot?: boolean } = {}): Runtime {
  const agent = options.agentFile ?? agentFile;
  let launcher: Promise<Launcher> | null = null;
  const launch = () => {
    launcher ??= openLauncher({ asRoot: options.asRoot ?? false });
    return launcher;
  };
  return {
    ...netnsTraits,
    sysctlsBy: 'agent',
    availability: () => availability(launch),
    async facts() {
      const { privilege, rights } = await launch();
      const { user, capabilities, ownProc } = rights;
      return {
        privilege,
        versions: { iproute2: await firstLine('ip', ['-Version']) },
        programs: { uid: user?.uid ?? null, gid: user?.gid ?? null, capabilities, ownProc },
      };
    },
    settableSysctls: async (keys) => settable(await launch(), keys),
    qdiscs: async (kinds) => qdiscs(await launch(), kinds),
    components: async () => probeComponents(),
    findProgram: findExecutable,
    unusableFiles: async (argv) => unusableHere((await launch()).rights, argv),
    explainMissing: missingOnMachine,
    start: async (plan, startOptions) => start(await launch(), agent, plan, startOptions),
    removeLeftovers,
    async close() {
      if (launcher !== null) await launcher.then((open) => open.close()).catch(() => {});
      launcher = null;
    },
  };
}

async function availability(launch: () => Promise<Launcher>): Promise<Availability> {
  if (process.platform !== 'linux') {
    return { available: false, detail: 'network namespaces exist on Linux only', hint: 'use --runtime docker' };
  }
  const missing = ['ip', 'unshare', 'nsenter', 'setpriv', 'ss'].filter((program) => findProgram(program) === null);
  if (missing.length > 0) {
    return {
      available: false,
      detail: `not found: ${missing.join(', ')}`,
      hint: 'apt-get update && apt-get install -y iproute2 util-linux',
    };
  }
  try {
    const { privilege } = await launch();
    return {
      available: true,
      detail: privilege === 'root' ? 'as root' : 'as an ordinary user, in an unprivileged user namespace',
    };
  } catch (error) {
    const hint = error instanceof HarnessError ? error.hint : undefined;
    return { available: false, detail: causeText(error), ...(hint !== undefined && { hint }) };
  }
}

/** The program, and each argument that is a file: `python3 client.py` needs both. */
function unusableHere(rights: ProgramRights, [program = '', ...args]: readonly string[]) {
  const { user } = rights;
  const found = findExecutables(program);
  const files: NeededFile[] = args
    .filter((argument) => statSync(argument, { throwIfNoEntry: false })?.isFile())
    .map((argument) => ({ path: resolve(argument), as: 'file' }));
  const isUsable =
    found.length === 0 ||
    usableProgram(
      rights,
      found.map((path) => resolve(path)),
    ) !== null;
  const who = user === null ? '' : user.uid === nobody ? 'nobody' : `uid ${user.uid}`;
  return { files: [...(isUsable ? [] : found.slice(0, 1)), ...unusableFiles(rights, files)], user: who };
}

async function firstLine(program: string, args: string[]): Promise<string | null> {
  try {
    const { stdout } = await execa(program, args);
    return stdout.split('\n')[0] ?? null;
  } catch {
    return null;
  }
}

/** Keys that exist and are writable in a new namespace: exactly those that can be set per peer. */
async function settable(launcher: Launcher, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const paths = keys.map(sysctlPath);
  const script = 'for f in "$@"; do if [ -w "$f" ]; then echo 1; else echo 0; fi; done';
  const argv = [...launcher.prefix, ...intoFreshNetwork(), 'sh', '-c', script, 'sh', ...paths];
  const { stdout } = await execa(argv[0] as string, argv.slice(1));
  const answers = stdout.split('\n');
  return new Set(keys.filter((_, index) => answers[index] === '1'));
}

/** Those that can be added to an interface of a new namespace. */
async function qdiscs(launcher: Launcher, kinds: readonly QdiscKind[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const kind of kinds) {
    const argv = [...launcher.prefix, ...intoFreshNetwork(), 'tc', ...probeArguments(kind)];
    const { exitCode } = await execa(argv[0] as string, argv.slice(1), { reject: false });
    if (exitCode === 0) found.add(kind);
  }
  return found;
}

async function start(
  launcher: Launcher,
  agent: string,
  plan: CellPlan,
  { runId, signal }: StartOptions,
): Promise<Testbed> {
  const programs = requirementsOf(plan.scenario).includes('go') ? await buildPrograms(agent) : {};
  const startedAt = performance.now();
  const machine = readlinkSync('/proc/self/ns/net');
  const started: NetnsPeer[] = [];
  const stop = async () => {
    await Promise.all(started.map((peer) => peer.stop()));
  };
  try {
    for (const peer of plan.peers) started.push(startPeer(launcher, agent, plan, peer, runId, programs));
    const pids = new Map<string, number>();
    for (const peer of started) {
      const pid = await innerPid(peer.child, machine, () => peer.stderr());
      pids.set(peer.role, pid);
      peer.setPid(pid);
    }
    signal.throwIfAborted();
    const pidOf = (role: string) => pids.get(role) as number;
    await ipBatch(
      launcher,
      null,
      plan.links.filter((link) => !link.isLocal).map((link) => linkLine(link, pidOf)),
    );
    await Promise.all(plan.peers.map((peer) => setUpInside(launcher, plan, peer, pidOf(peer.role))));
    return { peers: started, setupMs: performance.now() - startedAt, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Builds docker/go-client/ of the agent's package; returns the environment that tells agents where it is. */
async function buildPrograms(agent: string): Promise<Record<string, string>> {
  const folder = buildFolder(dirname(agent));
  await buildGoClient(join(dirname(dirname(agent)), 'docker', 'go-client'), folder);
  return { TIMEWAIT_LAB_PROGRAMS: folder };
}

async function setUpInside(launcher: Launcher, plan: CellPlan, peer: PeerPlan, pid: number): Promise<void> {
  await ipBatch(launcher, pid, [...interfaceLines(plan, peer), ...routeLines(peer)]);
  const shapes = shapeLines(plan, peer);
  if (shapes.length > 0) await tcBatch(launcher, pid, shapes);
  if (peer.nftables !== undefined) await nftLoad(launcher, pid, peer.nftables);
}

interface NetnsPeer extends Peer {
  readonly child: ChildProcess;
  setPid(pid: number): void;
  /** The last output of the agent on stderr. */
  stderr(): string;
  stop(): Promise<void>;
}

function startPeer(
  launcher: Launcher,
  agent: string,
  plan: CellPlan,
  peer: PeerPlan,
  runId: string,
  env: Readonly<Record<string, string>>,
): NetnsPeer {
  const ids = [`--run=${runId}`, `--runner=${identityText(thisProcess())}`, `--cell=${plan.id}`, `--role=${peer.role}`];
  const child = spawnInFreshNamespaces(launcher, [process.execPath, agent, ...ids], {
    ...env,
    [temporaryVariable]: temporaryFolder(),
  });
  let pid: number | null = null;
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4000);
  });
  child.stdin?.on('error', () => {});
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(causeText(error)));
    child.once('close', (code, signal) => {
      resolve(exitReason(code, signal, stderr.trim()));
    });
  });
  const enter = launcher.prefix.length === 0 ? [] : [...launcher.prefix];
  return {
    role: peer.role,
    child,
    input: child.stdin as Writable,
    output: child.stdout as Readable,
    ended,
    stderr: () => stderr.trim(),
    get pid() {
      return pid;
    },
    setPid(found) {
      pid = found;
    },
    get inspect() {
      return [...enter, `nsenter -t ${pid} -n ss -tan`].join(' ');
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      const exited = once(child, 'exit');
      child.stdin?.end();
      // The agent ends by itself within milliseconds; if it hangs, the first process of the namespaces is killed.
      const killers = [
        setTimeout(() => (pid === null ? child.kill('SIGKILL') : killIfThere(pid)), 1500),
        // Stopped by a signal itself, `unshare` never notices that its child has ended. Later, so that it can reap it.
        setTimeout(() => child.kill('SIGKILL'), 2000),
      ];
      await exited;
      for (const killer of killers) clearTimeout(killer);
    },
  };
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** `unshare` passes its child's signal on to itself, and fails at that for SIGKILL, which cannot be unblocked. */
function exitReason(code: number | null, signal: string | null, stderr: string): string {
  if (signal !== null) return `was ended by ${signal}${stderr === '' ? '' : `: ${stderr}`}`;
  if (/^unshare: sigprocmask unblock failed/m.test(stderr)) return 'was ended by SIGKILL';
  return `ended with code ${code}${stderr === '' ? '' : `: ${stderr}`}`;
}
