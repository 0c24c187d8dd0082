import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { findExecutables } from '../components/probe-components.ts';
import { exitCode, HarnessError } from '../model/errors.ts';
import { BusyClock, type CpuReader, treeCpu } from '../probe/busy-clock.ts';
import { monotonicMs } from '../probe/clock.ts';
import {
  type Command,
  type NeededFile,
  ownProgramRights,
  programEnvironment,
  rightsForOwn,
  usableProgram,
  withRights,
} from '../rights/program-rights.ts';
import type { Family } from './family.ts';
import { LineSplitter, Tail } from './lines.ts';

export interface ProgramOptions {
  /** In CPU readings and messages. */
  name: string;
  command: string;
  args: readonly string[];
  cwd?: string;
  /** Added to this process's environment. */
  env?: Readonly<Record<string, string>>;
  /** What it started goes on with it: it has ended when none of these runs any more. Absent: when its first process ends. */
  family?: Family;
  /** Files of a program of the lab's own, which may keep the agent's user (rights/program-rights.ts). */
  ownFiles?: readonly NeededFile[];
  /** Puts a tracer in front of the command; it keeps the rights of the agent. */
  tracer?(command: Command): Command;
  /** The line that installs it, for the error. */
  installHint?: string;
  onBusy(busy: Record<string, number>): void;
  /** Called for each line that it prints on stdout. */
  onLine?(text: string): void;
  /** … and on stderr. */
  onErrorLine?(text: string): void;
}

export interface ProgramEnd {
  /** `null`: a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  /** stop() or kill() had ended it, or asked it to end. */
  isOurs: boolean;
  /** When its first process had ended, monotonic ms. */
  at: number;
}

const familyCheckMs = 50;
/** After its first process has ended, what is still in the pipes is read for this long. */
const drainMs = 150;

/**
 * An external program, in a process group of its own that is ended as a whole. Its end is the end of its first process:
 * a grandchild that still holds the output is killed, and keeps nobody waiting.
 */
export class ProgramRun {
  /** Resolves when it has ended and its output was read. Rejects where it did not start: MISSING_PROGRAM, PROGRAM_FAILED. */
  readonly ended: Promise<ProgramEnd>;
  private readonly child: ChildProcess;
  private readonly busy: BusyClock;
  private readonly tail = new Tail();
  private readonly timers = new Set<NodeJS.Timeout>();
  private isStopped = false;
  private isOver = false;

  constructor(options: ProgramOptions) {
    const { cwd, onLine, onErrorLine } = options;
    const { command, args, env } = started(options);
    this.child = spawn(command, [...args], {
      ...(cwd !== undefined && { cwd }),
      env,
      detached: true,
      // Programs of the lab's own end when their stdin does; it stays open as long as this process lives.
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdin?.on('error', () => {});
    this.busy = new BusyClock(options.onBusy);
    this.watch(options.name, treeCpu(this.child.pid));
    const flush = [this.read(this.child.stdout, onLine), this.read(this.child.stderr, onErrorLine)];
    this.ended = this.awaitEnd(options, flush);
    this.ended.catch(() => {});
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Adds a name to its CPU readings. */
  watch(name: string, read: CpuReader): void {
    this.busy.watch(name, read);
  }

  /** CPU of all its processes so far; `null`: never read. */
  cpuMs(): number | null {
    return this.busy.totalMs();
  }

  /** The last lines of its output, oldest first; its error may stand before a stack trace. */
  lastLines(count = 20): string[] {
    return this.tail.last(count);
  }

  closeInput(): void {
    this.child.stdin?.end();
  }

  /** Ends it: this signal now, and SIGKILL where it still runs after `graceMs`. */
  stop(signal: NodeJS.Signals, graceMs: number): void {
    this.isStopped = true;
    this.signal(signal);
    this.after(graceMs, () => this.signal('SIGKILL'));
  }

  /** stop() at a later time, unless it has ended or was released by then. */
  stopAfter(ms: number, signal: NodeJS.Signals, graceMs: number): void {
    this.after(ms, () => this.stop(signal, graceMs));
  }

  /** It may go on for as long as it likes: no timer ends it. */
  release(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  /** SIGKILL to all its processes; resolves when the first one has ended. */
  async kill(): Promise<void> {
    this.isStopped = true;
    this.signal('SIGKILL');
    await this.ended.catch(() => {});
  }

  private after(ms: number, call: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      call();
    }, ms);
    this.timers.add(timer);
  }

  private read(stream: Readable | null, onLine?: (text: string) => void): () => void {
    const lines = new LineSplitter((line) => {
      this.tail.add(line);
      onLine?.(line);
    });
    stream?.setEncoding('utf8').on('data', (text: string) => lines.push(text));
    return () => lines.end();
  }

  private async awaitEnd(options: ProgramOptions, flush: readonly (() => void)[]): Promise<ProgramEnd> {
    const { child } = this;
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    try {
      const end = await new Promise<ProgramEnd>((resolve, reject) => {
        child.once('error', (error) => reject(startError(options, error)));
        child.once('exit', (code, signal) => resolve({ code, signal, isOurs: this.isStopped, at: monotonicMs() }));
      });
      const at = await this.familyEnd(options.family, end.at);
      this.signal('SIGKILL');
      options.family?.kill();
      await Promise.race([closed, new Promise<void>((resolve) => this.after(drainMs, resolve))]);
      for (const end of flush) end();
      return { ...end, isOurs: this.isStopped && (end.isOurs || at > end.at), at };
    } finally {
      this.isOver = true;
      this.release();
      this.busy.stop();
      child.stdin?.destroy();
      child.stdout?.destroy();
      child.stderr?.destroy();
    }
  }

  /** When the last process of the family had ended, or the whole was stopped; monotonic ms. */
  private async familyEnd(family: Family | undefined, firstEndedAt: number): Promise<number> {
    let at = firstEndedAt;
    while (family !== undefined && !this.isStopped && family.members().length > 0) {
      await sleep(familyCheckMs);
      at = monotonicMs();
    }
    return at;
  }

  /** To its whole group, which outlives the first process as long as another one is in it. */
  private signal(signal: NodeJS.Signals): void {
    if (this.child.pid === undefined || this.isOver) return;
    try {
      process.kill(-this.child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** The command with the rights of programs under test. One that is not there is started as it is, for spawn's error. */
function started({ command, args, env, ownFiles, tracer }: ProgramOptions): Command & { env: NodeJS.ProcessEnv } {
  const given = ownProgramRights();
  const rights = ownFiles === undefined ? given : rightsForOwn(given, ownFiles);
  const environment = { ...programEnvironment(rights), ...env };
  const found = findExecutables(command, environment.PATH);
  // `setpriv` would execute the first on the PATH, even where its user cannot read it: a version manager of root's.
  const usable = usableProgram(rights, found);
  const chosen = usable === null || usable === found[0] ? command : usable;
  const confined = withRights(found.length > 0 ? rights : null, { command: chosen, args });
  return { ...(tracer === undefined ? confined : tracer(confined)), env: environment };
}

/** `ended with code 1`, `was ended by SIGSEGV`. */
export function endText({ code, signal }: ProgramEnd): string {
  return signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
}

function startError({ name, command, installHint }: ProgramOptions, error: NodeJS.ErrnoException): HarnessError {
  if (error.code !== 'ENOENT') return new HarnessError('PROGRAM_FAILED', `${name} did not start`, { cause: error });
  return new HarnessError('MISSING_PROGRAM', `${command} is not installed`, {
    exitCode: exitCode.unavailable,
    ...(installHint !== undefined && { hint: installHint }),
  });
}
