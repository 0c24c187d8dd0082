import { setTimeout as sleep } from 'node:timers/promises';
import { installLine } from '../components/table.ts';
import { HarnessError } from '../model/errors.ts';
import type { ServedSpec } from '../model/protocol.ts';
import { tellingLines } from '../model/telling-lines.ts';
import { busiestThreadCpu, kernelCpu } from '../probe/busy-clock.ts';
import { readListeningPorts } from '../probe/stack-reader.ts';
import { endText, ProgramRun } from '../program/program-run.ts';
import { allowPorts, type NeededFile } from '../rights/program-rights.ts';
import type { ServerContext, ServerTraits } from './server.ts';

export interface ServerProgram {
  traits: ServerTraits;
  /** In messages; absent: that of the traits. */
  name?: string;
  spec: ServedSpec;
  command: string;
  args: readonly string[];
  cwd: string;
  env?: Readonly<Record<string, string>>;
  ports: readonly number[];
  /** How to get the program; absent: the install line of what the traits require. */
  installHint?: string;
  /** Of a program of the lab's own. */
  ownFiles?: readonly NeededFile[];
  /** Within this time all ports must listen; absent: 30 s. */
  readyMs?: number;
  /** Called for each line that it prints on stdout. */
  onLine?(text: string): void;
  /** … and on stderr. */
  onErrorLine?(text: string): void;
}

export interface ServerProcess {
  broken: Promise<never>;
  stop(): Promise<void>;
}

/** Long enough for a JVM on a loaded machine; everything else listens within milliseconds. */
const listenMs = 30_000;
const pollMs = 10;

/**
 * Starts a server as a separate program and waits until every port listens. Its sockets are looked up without
 * connecting, because a readiness connection would be counted with those under test. Errors: MISSING_PROGRAM,
 * SERVER_ENDED, SERVER_NOT_LISTENING.
 */
export async function startServerProcess(program: ServerProgram, context: ServerContext): Promise<ServerProcess> {
  const { traits, spec, ports, readyMs = listenMs, ...options } = program;
  const { name } = traits;
  allowPorts(ports);
  const shown = program.name ?? name;
  const installHint = program.installHint ?? installLine(traits.requires);
  const run = new ProgramRun({ ...options, name, installHint, onBusy: context.onBusy });
  const threadName = `${name}-thread`;
  if (threadName in traits.facts(spec).cpu) run.watch(threadName, busiestThreadCpu(run.pid));
  const kernelName = `${name}-kernel`;
  if (kernelName in traits.facts(spec).cpu) run.watch(kernelName, kernelCpu(run.pid));
  const broken = run.ended.then((end): never | Promise<never> => {
    // A client may be done before the load.
    if (ports.length === 0 && end.code === 0) return new Promise<never>(() => {});
    const lines = tellingLines(run.lastLines()).join(' · ');
    const hint = end.code === 0 ? { hint: 'a server must stay in the foreground: no daemon mode' } : {};
    throw new HarnessError('SERVER_ENDED', `${shown} ${endText(end)}`, {
      ...hint,
      ...(lines !== '' && { cause: lines }),
    });
  });
  broken.catch(() => {});
  try {
    await Promise.race([listening(shown, ports, readyMs, run), broken]);
  } catch (error) {
    await run.kill();
    throw error;
  }
  // No orderly shutdown, which would close its connections one by one: they end with the namespace.
  return { broken, stop: () => run.kill() };
}

async function listening(name: string, ports: readonly number[], readyMs: number, run: ProgramRun): Promise<void> {
  const deadline = performance.now() + readyMs;
  for (;;) {
    const open = readListeningPorts();
    if (ports.every((port) => open.has(port))) return;
    if (performance.now() > deadline) {
      const after = `after ${readyMs / 1000} s; it listens on ${[...open].join(', ') || 'no port'}`;
      const lines = tellingLines(run.lastLines()).join(' · ');
      throw new HarnessError('SERVER_NOT_LISTENING', `${name} does not listen on ${ports.join(', ')} ${after}`, {
        ...(lines !== '' && { cause: lines }),
      });
    }
    await sleep(pollMs);
  }
}
