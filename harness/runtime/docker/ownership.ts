import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Labels on everything that the lab creates in a daemon. */
export const label = {
  run: 'timewait-lab.run',
  cell: 'timewait-lab.cell',
  role: 'timewait-lab.role',
  runnerPid: 'timewait-lab.runner-pid',
  runnerStarted: 'timewait-lab.runner-started',
  runnerHost: 'timewait-lab.runner-host',
} as const;

/** A running process on this machine, with its start time, so that a reused pid is not mistaken for it. */
export interface Runner {
  readonly pid: number;
  /** Start time in clock ticks since boot, /proc/PID/stat field 22; empty without /proc. */
  readonly started: string;
  readonly host: string;
}

export function thisRunner(): Runner {
  return { pid: process.pid, started: startedTicks(process.pid) ?? '', host: hostname() };
}

export function ownerLabels(runId: string, runner: Runner): Record<string, string> {
  return {
    [label.run]: runId,
    [label.runnerPid]: String(runner.pid),
    [label.runnerStarted]: runner.started,
    [label.runnerHost]: runner.host,
  };
}

/**
 * Whether the run that created an object can no longer remove it: its runner was on this machine and has ended.
 * Always false for runs of other machines on a shared daemon.
 */
export function isAbandoned(
  labels: Readonly<Record<string, string>>,
  here: string = hostname(),
  ticks: (pid: number) => string | null = startedTicks,
): boolean {
  const pid = Number(labels[label.runnerPid]);
  if (labels[label.runnerHost] !== here || !Number.isInteger(pid) || pid <= 0) return false;
  const started = ticks(pid);
  return started === null || started !== labels[label.runnerStarted];
}

/** Start time of a process. `null`: no such process. Empty: it runs, but there is no /proc. */
export function startedTicks(pid: number): string | null {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The second field, the name, is in parentheses and may contain anything; the third follows the last ')'.
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
    } catch {
      return null;
    }
  }
  try {
    process.kill(pid, 0);
    return '';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? '' : null;
  }
}
