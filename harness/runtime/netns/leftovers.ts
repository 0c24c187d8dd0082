import { readdirSync, readFileSync } from 'node:fs';
import { causeText } from '../../model/errors.ts';
import { removeLeftTraces } from '../../probe/port-misses.ts';
import type { Leftovers } from '../runtime.ts';

/**
 * Ends agents whose runner has died. There should be none: they die with their runner (PR_SET_PDEATHSIG) and when their
 * input closes; but a debugger, a stopped process or an old kernel can keep one alive. An agent is identified by its
 * command line (--run=… --runner=PID …); its namespaces and sockets end with it.
 */
export async function removeLeftovers(): Promise<Leftovers> {
  const outcome: Leftovers = { removed: [], left: [] };
  for (const { pid, run, role } of agentsOfDeadRunners()) {
    const what = `agent ${pid} (${role}) of run ${run}`;
    try {
      process.kill(pid, 'SIGKILL');
      outcome.removed.push(what);
    } catch (error) {
      // EPERM: another user's process. It does not prevent a run from starting.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') outcome.left.push(`${what}: ${causeText(error)}`);
    }
  }
  outcome.removed.push(...(await removeLeftTraces()).map((name) => `tracing instance ${name}`));
  return outcome;
}

interface LeftAgent {
  pid: number;
  run: string;
  role: string;
}

function agentsOfDeadRunners(): LeftAgent[] {
  const left: LeftAgent[] = [];
  for (const entry of safely(() => readdirSync('/proc')) ?? []) {
    if (!/^\d+$/.test(entry)) continue;
    const argv = safely(() => readFileSync(`/proc/${entry}/cmdline`, 'utf8'))?.split('\0') ?? [];
    if (!argv.some((argument) => argument.endsWith('/agent.cjs'))) continue;
    const option = (name: string) => argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
    const run = option('run');
    const runner = Number(option('runner'));
    if (run === undefined || !Number.isInteger(runner) || isRunner(runner)) continue;
    left.push({ pid: Number(entry), run, role: option('role') ?? '?' });
  }
  return left;
}

/** A runner is a living process with this command line; the pid may since have been reused by another program. */
function isRunner(pid: number): boolean {
  const argv = safely(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.split('\0') ?? [];
  return argv.some((argument) => /(^|\/)(start\.mjs|cli\.mjs|vitest|vitest\.mjs|node)$/.test(argument));
}

function safely<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
