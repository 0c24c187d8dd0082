import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import Docker from 'dockerode';
import { until } from './daemon.ts';

/** A daemon of the test's own, which may be killed: in a network namespace and a folder of its own. */
export class OwnDaemon {
  readonly docker: Docker;
  /** For DOCKER_HOST. */
  readonly address: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'timewait-lab-daemon-'));
  /** Keeps the network namespace while the daemon is down. */
  private readonly holder: ChildProcess;
  private daemon: ChildProcess | null = null;

  constructor() {
    const socketPath = join(this.folder, 'docker.sock');
    this.address = `unix://${socketPath}`;
    this.docker = new Docker({ socketPath });
    this.holder = spawn('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' });
  }

  /** Starts it, again after a kill; resolves when it answers. */
  async start(): Promise<void> {
    const at = (name: string) => join(this.folder, name);
    for (const name of ['data', 'exec']) mkdirSync(at(name), { recursive: true });
    const files = [`--data-root=${at('data')}`, `--exec-root=${at('exec')}`, `--pidfile=${at('docker.pid')}`];
    const network = ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'];
    const enter = [`--net=/proc/${this.holder.pid}/ns/net`, 'dockerd', ...files, `--host=${this.address}`, ...network];
    // The daemon takes a containerd that nobody has waited for yet for a running one.
    rmSync(join(at('exec'), 'containerd', 'containerd.pid'), { force: true });
    const log = openSync(at('log'), 'a');
    this.daemon = spawn('nsenter', enter, { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    try {
      await until('the daemon answers', () => this.answers(), 60_000);
    } catch (error) {
      const lines = readFileSync(at('log'), 'utf8')
        .split('\n')
        .filter((line) => !line.includes('module=grpc'));
      throw new Error(lines.slice(-20).join('\n'), { cause: error });
    }
  }

  private async answers(): Promise<boolean> {
    try {
      await this.docker.ping();
      return true;
    } catch {
      return false;
    }
  }

  /** Copies images from another daemon, with their names and ids. */
  async copyImages(from: string, names: readonly string[]): Promise<void> {
    const source = spawn('docker', ['--host', from, 'save', ...names], { stdio: ['ignore', 'pipe', 'inherit'] });
    const loading = spawn('docker', ['--host', this.address, 'load'], { stdio: ['pipe', 'ignore', 'inherit'] });
    const loaded = once(loading, 'exit');
    await pipeline(source.stdout, loading.stdin);
    const [code] = await loaded;
    if (code !== 0) throw new Error(`docker load: exit code ${code}`);
  }

  /** SIGKILL of the daemon, its containerd and its shims, as of a service whose control group is killed. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
    this.killRest();
  }

  /** Pids of the machine in a container of this daemon. */
  async pidsInContainers(): Promise<number[]> {
    const containers = await this.docker.listContainers();
    const all = await Promise.all(containers.map(({ Id }) => this.docker.getContainer(Id).inspect()));
    return all.map(({ State }) => State.Pid);
  }

  /** Links in its network namespace that belong to containers or networks. */
  links(): string[] {
    const { stdout } = spawnSync('nsenter', [`--net=/proc/${this.holder.pid}/ns/net`, 'ip', '-json', 'link'], {
      encoding: 'utf8',
    });
    const links = JSON.parse(stdout) as { ifname: string }[];
    return links.map(({ ifname }) => ifname).filter((name) => /^(veth|br-)/.test(name));
  }

  /** Ends it, and removes everything of it. */
  async remove(): Promise<void> {
    await this.end('SIGTERM');
    this.holder.kill('SIGKILL');
    this.killRest();
    const mounts = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((path) => path.startsWith(`${this.folder}/`));
    for (const path of mounts.sort().reverse()) spawnSync('umount', ['-l', path]);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /** A killed daemon leaves its containerd, and a shim for each container. */
  private killRest(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const words = readOrEmpty(`/proc/${pid}/cmdline`).split('\0');
      if (words.some((word) => word.startsWith(`${this.folder}/`))) process.kill(Number(pid), 'SIGKILL');
    }
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const daemon = this.daemon;
    if (daemon === null || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = once(daemon, 'exit');
    daemon.kill(signal);
    await ended;
  }
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
