import { readdirSync, readFileSync, statSync } from 'node:fs';
import { causeText } from '../../model/errors.ts';
import { removeLeftTraces } from '../../probe/port-misses.ts';
import { hasEnded, parseIdentity, startedTicks } from '../../probe/process-identity.ts';
import type { Leftovers } from '../runtime.ts';

/**
 * Ends agents whose runner has died. There should be none: they die with their runner (PR_SET_PDEATHSIG) and when their
 * input closes; but a debugger, a stopped process or an old kernel can keep one alive. An agent is identified by its
 * command line (--run=… --runner=IDENTITY …); its namespaces and sockets end with it. Anyone can start a process that
 * looks like one: only those of this user are considered, and only names made of plain characters are printed.
 */
export async function removeLeftovers(): Promise<Leftovers> {
  const outcome: Leftovers = { removed: [], left: [] };
  for (const { pid, started, run, role } of agentsOfDeadRunners()) {
    const what = `agent ${pid} (${role}) of run ${run}`;
    // Another process may have the number since the search.
    if (startedTicks(pid) !== started) continue;
    try {
      process.kill(pid, 'SIGKILL');
      outcome.removed.push(what);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') outcome.left.push(`${what}: ${causeText(error)}`);
    }
  }
  outcome.removed.push(...(await removeLeftTraces()).map((name) => `tracing instance ${name}`));
  return outcome;
}

interface LeftAgent {
  pid: number;
  started: string;
  run: string;
  role: string;
}

function agentsOfDeadRunners(): LeftAgent[] {
  const pids = (safely(() => readdirSync('/proc')) ?? []).filter((entry) => /^\d+$/.test(entry)).map(Number);
  return pids.flatMap((pid) => leftAgent(pid) ?? []);
}

function leftAgent(pid: number): LeftAgent | null {
  // Read first: should the number be reused meanwhile, the start time is not that of what is judged below.
  const started = startedTicks(pid);
  if (started === null || safely(() => statSync(`/proc/${pid}`).uid) !== process.geteuid?.()) return null;
  const argv = safely(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.split('\0') ?? [];
  if (!argv.some((argument) => argument.endsWith('/agent.cjs'))) return null;
  const option = (name: string) => argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
  const [run = '', role = ''] = [option('run'), option('role')];
  const runner = parseIdentity(option('runner') ?? '');
  if (runner === null || !/^[\w.-]{1,64}$/.test(run) || !/^[\w.-]{1,64}$/.test(role)) return null;
  return hasEnded(runner) ? { pid, started, run, role } : null;
}

function safely<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
