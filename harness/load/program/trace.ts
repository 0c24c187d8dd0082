import { execFileSync } from 'node:child_process';
import { constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { addFailure } from '../../model/failures.ts';
import type { Failure, LoadResult, ProgramEvent } from '../../model/journal.ts';
import { monotonicMs } from '../../probe/clock.ts';
import { makeTemporary } from '../../probe/temporary.ts';
import { LineSplitter } from '../../program/lines.ts';
import type { Command } from '../../rights/program-rights.ts';
import { isFailure, parseTraceLine, type TracedFailure } from './trace-line.ts';

type Traced = Extract<ProgramEvent, { is: 'traced' }>['failures'][number];

/** A program that keeps connecting to new destinations must not fill the journal. */
const mostKinds = 64;

/**
 * Failed connect() and bind() calls of a program and all that it starts, by strace: exact, for static binaries and threads
 * too, and not free (docs/your-program.md). Its output comes through a pipe, so that nothing fills a disk.
 */
export class Trace {
  readonly by = 'strace';
  private readonly folder = makeTemporary('trace');
  private readonly pipe = join(this.folder, 'pipe');
  private readonly output: Socket;
  private readonly lines = new LineSplitter((line) => this.add(line));
  private readonly wallOffsetMs = Date.now() - monotonicMs();
  private readonly total = new Map<string, Failure>();
  private readonly first = new Map<string, LoadResult['firstFailures'][number]>();
  private recent = new Map<string, Traced>();

  constructor() {
    execFileSync('mkfifo', ['-m', '600', this.pipe]);
    // Open for writing too: it has no end before strace has opened it.
    const fd = openSync(this.pipe, constants.O_RDWR | constants.O_NONBLOCK);
    this.output = new Socket({ fd, readable: true, writable: false });
    this.output.setEncoding('latin1').on('data', (text: string) => this.lines.push(text));
    this.output.on('error', () => {});
  }

  /** The command under strace. `--seccomp-bpf` stops it for these two calls alone. */
  readonly wrap = ({ command, args }: Command): Command => {
    const only = ['--seccomp-bpf', '-f', '-qq', '-ttt', '-e', 'trace=connect,bind', '-e', 'signal=none', '-Z'];
    return { command: 'strace', args: [...only, '-o', this.pipe, '--', command, ...args] };
  };

  /** Failed calls since the last take(); `null`: none. */
  take(): Traced[] | null {
    const failures = [...this.recent.values()];
    this.recent = new Map();
    return failures.length === 0 ? null : failures;
  }

  totals(): Pick<LoadResult, 'firstFailures'> & { failures: Failure[] } {
    return { failures: [...this.total.values()], firstFailures: [...this.first.values()] };
  }

  close(): void {
    this.output.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private add(line: string): void {
    const call = parseTraceLine(line);
    if (call === null || !isFailure(call)) return;
    const { syscall, errno } = call;
    addFailure(this.total, { errno, phase: syscall, count: 1 });
    const kind = `${syscall}/${errno}`;
    if (!this.first.has(kind)) {
      this.first.set(kind, { errno, phase: syscall, at: call.atSec * 1000 - this.wallOffsetMs });
    }
    this.addRecent(call);
  }

  private addRecent({ syscall, errno, address }: TracedFailure): void {
    const key = `${syscall}/${errno}/${address}`;
    const known = this.recent.get(key);
    if (known !== undefined) known.count++;
    else if (this.recent.size < mostKinds) this.recent.set(key, { syscall, errno, address, count: 1 });
  }
}
