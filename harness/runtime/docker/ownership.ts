import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Labels on everything that the lab makes in a daemon. */
export const label = {
  run: 'timewait-lab.run',
  cell: 'timewait-lab.cell',
  role: 'timewait-lab.role',
  runnerPid: 'timewait-lab.runner-pid',
  runnerStarted: 'timewait-lab.runner-started',
  runnerHost: 'timewait-lab.runner-host',
} as const;

/** A running process of this machine, with its start time, so that a reused pid is not mistaken for it. */
export interface Runner {
  readonly pid: number;
  /** Clock ticks since boot when it started, /proc/PID/stat field 22; empty where there is no /proc. */
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
 * Whether the run that made a thing can no longer remove it: its runner was on this machine and is gone.
 * Runs of other machines on a shared daemon are never judged from here.
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

/** `null`: no such process. Empty: it runs, and there is no /proc to read its start time from. */
export function startedTicks(pid: number): string | null {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The second field is the name in parentheses and may hold anything; the third follows the last ')'.
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
