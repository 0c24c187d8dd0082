import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { installLine } from '../components/table.ts';
import { exitCode, HarnessError } from '../model/errors.ts';
import type { ServedSpec } from '../model/protocol.ts';
import { BusyClock, busiestThreadCpu, childCpu } from '../probe/busy-clock.ts';
import { readListeningPorts } from '../probe/stack-reader.ts';
import type { ServerContext, ServerTraits } from './server.ts';

export interface ServerProgram {
  traits: ServerTraits;
  spec: ServedSpec;
  command: string;
  args: readonly string[];
  cwd: string;
  env?: Readonly<Record<string, string>>;
  ports: readonly number[];
  /** Called for each line that it prints on stdout. */
  onLine?(text: string): void;
  /** … and on stderr. */
  onErrorLine?(text: string): void;
}

export interface ServerProcess {
  /** All that it has said so far, the end of it. */
  words(): string;
  broken: Promise<never>;
  stop(): Promise<void>;
}

/** A JVM on a loaded machine; everything else listens within milliseconds. */
const listenMs = 30_000;
const pollMs = 10;

/**
 * Starts a server of somebody else's and waits until every port listens. Its sockets are looked up, not
 * connected to: a readiness connection would be counted with those under test.
 * Errors: MISSING_PROGRAM, SERVER_ENDED, SERVER_NOT_LISTENING.
 */
export async function startServerProcess(program: ServerProgram, context: ServerContext): Promise<ServerProcess> {
  const { name } = program.traits;
  const child = spawn(program.command, [...program.args], {
    cwd: program.cwd,
    env: { ...process.env, ...program.env },
    // Programs of the lab's own end when their stdin does; it stays open as long as this process lives.
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let words = '';
  const keep = (text: string) => {
    words = (words + text).slice(-8000);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  if (program.onErrorLine) createInterface({ input: child.stderr }).on('line', program.onErrorLine);
  if (program.onLine) createInterface({ input: child.stdout }).on('line', program.onLine);
  child.stderr.setEncoding('utf8').on('data', keep);
  const broken = new Promise<never>((_, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(startError(program.traits, error)));
    child.once('close', (code, signal) => {
      const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      const end = words.trim().split('\n').slice(-5).join(' · ');
      reject(new HarnessError('SERVER_ENDED', `${name} ${how}`, end === '' ? {} : { cause: end }));
    });
  });
  broken.catch(() => {});
  const clock = new BusyClock(context.onBusy);
  clock.watch(name, childCpu(child.pid));
  if (`${name}-thread` in program.traits.facts(program.spec).cpu) {
    clock.watch(`${name}-thread`, busiestThreadCpu(child.pid));
  }
  const stop = async () => {
    clock.stop();
    await end(child);
  };
  try {
    await Promise.race([listening(program), broken]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { words: () => words, broken, stop };
}

async function listening({ traits: { name }, ports }: ServerProgram): Promise<void> {
  const deadline = performance.now() + listenMs;
  for (;;) {
    const open = readListeningPorts();
    if (ports.every((port) => open.has(port))) return;
    if (performance.now() > deadline) {
      throw new HarnessError('SERVER_NOT_LISTENING', `${name} does not listen on ${ports.join(', ')} after 30 s`);
    }
    await sleep(pollMs);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  // An orderly end would close its connections one by one; the stack goes with all of them anyway.
  child.kill('SIGKILL');
  await closed;
}

function startError({ name, requires }: ServerTraits, error: NodeJS.ErrnoException): HarnessError {
  if (error.code !== 'ENOENT') return new HarnessError('SERVER_ENDED', `${name} did not start`, { cause: error });
  return new HarnessError('MISSING_PROGRAM', `${name} is not installed`, {
    exitCode: exitCode.unavailable,
    hint: installLine(requires),
  });
}
