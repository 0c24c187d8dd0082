import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Failed port searches since the last reading. */
export interface PortMisses {
  /** Calls to connect() that found no free local port, by destination (`198.18.0.102:8080`). */
  failed: { destination: string; count: number }[];
  /** Calls to connect() on a socket that was bound to a port before: the port search of bind() is not visible here. */
  bound: number;
  /** Events that the kernel dropped because they were not read in time: the counts are lower bounds. */
  lost: number;
}

/** The tracepoint in use. */
export const missTracepoint = 'sock:inet_sock_set_state';

const event = 'events/sock/inet_sock_set_state';
/**
 * tcp_v4_connect() sets SYN_SENT before it looks for a port, and CLOSE again when it finds none: only then is the source
 * port still 0. A socket that was bound to a port starts with that port (net/ipv4/tcp_ipv4.c). 2 is SYN_SENT, 7 CLOSE.
 */
const filter = 'protocol==6 && ((oldstate==2 && newstate==7 && sport==0) || (oldstate==7 && newstate==2 && sport!=0))';
const bufferKb = 512;
/** A program that keeps connecting to new destinations must not fill the journal; the rest is counted together. */
const mostDestinations = 64;
const otherDestinations = 'others';
const instancePrefix = 'timewait-lab-';

/**
 * Tracing identifies processes by their pid in the first pid namespace, the only one that shows the kernel's own threads:
 * kthreadd is its second process (init/main.c rest_init).
 */
function isFirstPidNamespace(): boolean {
  try {
    return readFileSync('/proc/2/comm', 'utf8').trim() === 'kthreadd' && readFileSync('/proc/2/cmdline', 'utf8') === '';
  } catch {
    // A container of one process has no second one.
    return false;
  }
}

/**
 * Counts exactly, for any program, the connect() calls of the calling process's children that found no local port: the
 * kernel reports them by a tracepoint, in the lab's own tracing instance. Needs root, tracefs and the first pid
 * namespace; `null` if one of them is missing.
 */
export async function watchPortMisses(): Promise<PortMissWatch | null> {
  try {
    if (process.getuid?.() !== 0 || !isFirstPidNamespace()) return null;
    const mount = await Tracefs.find();
    if (mount === null) return null;
    try {
      return new PortMissWatch(mount);
    } catch {
      mount.close();
      return null;
    }
  } catch {
    return null;
  }
}

/** One tracing instance; remove it with close(). */
export class PortMissWatch {
  private readonly tracefs: Tracefs;
  private readonly folder: string;
  private readonly pipe: number;
  private readonly chunk = Buffer.alloc(65_536);
  private rest = '';

  constructor(tracefs: Tracefs) {
    this.tracefs = tracefs;
    // The pid in the first namespace: /proc is the machine's own, even if the agent has its own pid namespace.
    const pid = readlinkSync('/proc/self');
    this.folder = join(tracefs.path, 'instances', `${instancePrefix}${pid}`);
    mkdirSync(this.folder);
    try {
      this.write('buffer_size_kb', String(bufferKb));
      this.write('options/event-fork', '1');
      this.write('set_event_pid', pid);
      this.write(`${event}/filter`, filter);
      this.write(`${event}/enable`, '1');
      this.pipe = openSync(join(this.folder, 'trace_pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      rmdirSync(this.folder);
      throw error;
    }
  }

  /** `null`: none since the last call. */
  take(): PortMisses | null {
    const misses: PortMisses = { failed: [], bound: 0, lost: 0 };
    for (let text = this.read(); text !== ''; text = this.read()) {
      const lines = (this.rest + text).split('\n');
      this.rest = lines.pop() ?? '';
      for (const line of lines) addTraceLine(misses, line);
    }
    return misses.failed.length + misses.bound + misses.lost === 0 ? null : misses;
  }

  close(): void {
    closeSync(this.pipe);
    rmdirSync(this.folder);
    this.tracefs.close();
  }

  private write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  private read(): string {
    try {
      return this.chunk.toString('latin1', 0, readSync(this.pipe, this.chunk));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
      throw error;
    }
  }
}

/** Adds one line of trace_pipe to `misses`; otherwise pure. */
export function addTraceLine(misses: PortMisses, line: string): void {
  const lost = /\[LOST (\d+) EVENTS\]/.exec(line);
  if (lost !== null) misses.lost += Number(lost[1]);
  const found = / dport=(\d+) .* daddr=(\S+) .* daddrv6=(\S+) .*newstate=TCP_(\w+)/.exec(line);
  if (found === null) return;
  const [, port = '', v4 = '', v6 = '', state] = found;
  if (state !== 'CLOSE') {
    misses.bound++;
    return;
  }
  const isV6 = /family=AF_INET6/.test(line) && !v6.startsWith('::ffff:');
  const own = isV6 ? `[${v6}]:${port}` : `${v4}:${port}`;
  const isKnown = (name: string) => misses.failed.some((one) => one.destination === name);
  const destination = isKnown(own) || misses.failed.length < mostDestinations ? own : otherDestinations;
  const known = misses.failed.find((one) => one.destination === destination);
  if (known !== undefined) known.count++;
  else misses.failed.push({ destination, count: 1 });
}

/** Removes instances of agents that were killed before they could; returns their names, none without root. */
export async function removeLeftTraces(): Promise<string[]> {
  // Elsewhere the pid in the name means nothing: the agent may well live.
  if (process.getuid?.() !== 0 || !isFirstPidNamespace()) return [];
  const tracefs = await Tracefs.find();
  if (tracefs === null) return [];
  try {
    return readdirSync(join(tracefs.path, 'instances')).filter((name) => {
      const pid = name.startsWith(instancePrefix) ? name.slice(instancePrefix.length) : null;
      if (pid === null || isAgent(pid)) return false;
      rmdirSync(join(tracefs.path, 'instances', name));
      return true;
    });
  } catch {
    // Another run removed it first, or this kernel has no instances.
    return [];
  } finally {
    tracefs.close();
  }
}

/** False for a zombie that was not reaped yet, which has no command line, and for a pid reused by another program. */
function isAgent(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('agent.cjs');
  } catch {
    return false;
  }
}

/**
 * tracefs where the machine has it mounted, otherwise mounted only for this process: the machine's mounts do not
 * change.
 */
class Tracefs {
  readonly path: string;
  private readonly holder: ChildProcess | null;

  private constructor(path: string, holder: ChildProcess | null) {
    this.path = path;
    this.holder = holder;
  }

  static async find(): Promise<Tracefs | null> {
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
    const mounted = mounts.map((line) => line.split(' ')).find(([, , type]) => type === 'tracefs')?.[1];
    if (mounted !== undefined) return new Tracefs(mounted, null);
    return Tracefs.mount();
  }

  /** A process with its own mount namespace holds the mount; it ends with its input. */
  private static mount(): Promise<Tracefs | null> {
    const path = '/sys/kernel/tracing';
    const script = `mount -t tracefs tracefs ${path} && read -r pid rest </proc/self/stat && echo $pid && exec cat`;
    const holder = spawn('unshare', ['--mount', 'sh', '-c', `exec 2>&1; ${script}`], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    return new Promise((resolve) => {
      holder.once('error', () => resolve(null));
      holder.once('exit', () => resolve(null));
      // The shell reads its pid from the machine's /proc, so that it is valid there.
      holder.stdout.once('data', (pid: Buffer) => {
        const root = `/proc/${pid.toString().trim()}/root`;
        const isMounted = existsSync(`${root}${path}/instances`);
        if (!isMounted) holder.stdin.end();
        resolve(isMounted ? new Tracefs(`${root}${path}`, holder) : null);
      });
    });
  }

  close(): void {
    this.holder?.stdin?.end();
  }
}
