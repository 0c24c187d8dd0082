import { spawn } from 'node:child_process';
import { Agent } from 'node:http';
import { Duplex } from 'node:stream';

/** Where ssh connects to; its own configuration (~/.ssh/config) applies. */
export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
}

/**
 * `BatchMode`: what would be asked is refused, so that a host whose key is not in known_hosts, or has changed, is not
 * connected to. The remote command is the docker CLI's own (docker/cli cli/connhelper).
 */
export function sshArguments({ host, port, username }: SshTarget): string[] {
  const user = username === null ? [] : ['-l', username];
  const options = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5', '-T', '-p', String(port), ...user];
  return [...options, '--', host, 'docker', 'system', 'dial-stdio'];
}

/** HTTP to a Docker daemon through the ssh program, a process for each connection; ssh verifies the host's key. */
export class SshAgent extends Agent {
  private readonly target: SshTarget;
  private readonly program: string;

  constructor(target: SshTarget, program = 'ssh') {
    super({ keepAlive: false });
    this.target = target;
    this.program = program;
  }

  override createConnection(): Duplex {
    const child = spawn(this.program, sshArguments(this.target), { stdio: ['pipe', 'pipe', 'pipe'] });
    const stream = new SshStream(child);
    return stream;
  }
}

/** Standard input and output of ssh as one stream; its end with an error is the stream's. */
class SshStream extends Duplex {
  private readonly child: ReturnType<typeof spawn>;
  private said = '';

  constructor(child: ReturnType<typeof spawn>) {
    super();
    this.child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.said = (this.said + text).slice(-2000);
    });
    child.stdin?.on('error', () => {});
    child.stdout?.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout?.pause();
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      this.destroy(error.code === 'ENOENT' ? new Error('the program ssh was not found', { cause: error }) : error);
    });
    child.once('close', (code, signal) => {
      if (code === 0) this.push(null);
      else
        this.destroy(new Error(`ssh ${signal ?? `ended with code ${code}`}: ${this.said.trim().replace(/\s+/g, ' ')}`));
    });
  }

  override _read(): void {
    this.child.stdout?.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const { stdin } = this.child;
    if (stdin === null || stdin.destroyed) done();
    else if (stdin.write(chunk, encoding)) done();
    else stdin.once('drain', () => done());
  }

  override _final(done: (error?: Error | null) => void): void {
    this.child.stdin?.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.child.kill();
    done(error);
  }

  /** http.Agent and dockerode ask a socket for these. */
  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
