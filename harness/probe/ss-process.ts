import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

/** Reads options from a line; answers with the output of ss and a line with its exit code. */
const script = 'while read -r family; do ss -Htano $family exclude time-wait; echo "end $?"; done';
const endLine = /^end (\d+)\n$/m;
/** The exit code of sh for a program that it does not find. */
const notFound = 127;

/**
 * Runs ss repeatedly through one small shell. Forking the agent itself would copy the page tables of a process with a
 * large heap at every call, and stall its threads meanwhile (bench/README.md). The shell ends when the agent closes its
 * stdin.
 */
export class SsProcess {
  private child: ChildProcessWithoutNullStreams | null = null;
  private text = '';
  private waiting: { resolve(text: string | null): void; reject(error: Error): void } | null = null;
  private last: Promise<unknown> = Promise.resolve();

  /**
   * All TCP sockets of this network namespace except those in TIME_WAIT, as `ss -Htano` prints them. `hasIpv6`: include
   * IPv6 sockets, which needs a second walk over the kernel's table. Resolves `null` if sh or ss is missing.
   */
  dump(hasIpv6: boolean): Promise<string | null> {
    const next = this.last.then(() => this.ask(hasIpv6 ? '' : '-4'));
    this.last = next.catch(() => {});
    return next;
  }

  private ask(line: string): Promise<string | null> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.text = '';
      this.child ??= this.start();
      this.child.stdin.write(`${line}\n`);
    });
  }

  private start(): ChildProcessWithoutNullStreams {
    const child = spawn('sh', ['-c', script], { stdio: 'pipe' });
    child.stdout.setEncoding('latin1').on('data', (text: string) => this.heard(text));
    child.stdin.on('error', () => {});
    child.stderr.resume();
    child.once('error', (error: NodeJS.ErrnoException) => this.ended(error.code === 'ENOENT' ? null : error));
    child.once('close', () => this.ended(new Error('the shell that runs ss has ended')));
    // An idle shell must not keep the agent alive.
    child.unref();
    for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as { unref(): void }).unref();
    return child;
  }

  private heard(text: string): void {
    this.text += text;
    // Only the last bytes can be the final line.
    const end = endLine.exec(this.text.slice(-16));
    if (end === null) return;
    const waiting = this.waiting;
    this.waiting = null;
    const code = Number(end[1]);
    if (code === 0) waiting?.resolve(this.text.slice(0, this.text.lastIndexOf('end ')));
    else if (code === notFound) waiting?.resolve(null);
    else waiting?.reject(new Error(`ss ended with code ${code}`));
  }

  private ended(error: Error | null): void {
    this.child = null;
    const waiting = this.waiting;
    this.waiting = null;
    if (error === null) waiting?.resolve(null);
    else waiting?.reject(error);
  }
}
