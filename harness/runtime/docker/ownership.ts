import { hasEnded, type ProcessIdentity, startedTicks, thisPlace, thisProcess } from '../../probe/process-identity.ts';

/** Labels on everything that the lab creates in a daemon. */
export const label = {
  run: 'timewait-lab.run',
  cell: 'timewait-lab.cell',
  role: 'timewait-lab.role',
  runnerPid: 'timewait-lab.runner-pid',
  runnerStarted: 'timewait-lab.runner-started',
  runnerBoot: 'timewait-lab.runner-boot',
  runnerNamespace: 'timewait-lab.runner-pid-namespace',
  runnerMachine: 'timewait-lab.runner-machine',
} as const;

/** The process that created an object in the daemon. */
export type Runner = ProcessIdentity;

export const thisRunner: () => Runner = thisProcess;

export function ownerLabels(runId: string, runner: Runner): Record<string, string> {
  return {
    [label.run]: runId,
    [label.runnerPid]: String(runner.pid),
    [label.runnerStarted]: runner.started,
    [label.runnerBoot]: runner.boot,
    [label.runnerNamespace]: runner.pidNamespace,
    [label.runnerMachine]: runner.machine,
  };
}

/**
 * Whether the run that created an object can no longer remove it: its runner has ended. False for runs of other machines
 * and of other pid namespaces on a shared daemon, whose process numbers mean nothing here.
 */
export function isAbandoned(
  labels: Readonly<Record<string, string>>,
  here = thisPlace(),
  ticks: (pid: number) => string | null = startedTicks,
): boolean {
  const pid = Number(labels[label.runnerPid]);
  const boot = labels[label.runnerBoot] ?? '';
  if (boot === '' || !Number.isInteger(pid) || pid <= 0) return false;
  const runner = {
    pid,
    boot,
    started: labels[label.runnerStarted] ?? '',
    pidNamespace: labels[label.runnerNamespace] ?? '',
    machine: labels[label.runnerMachine] ?? '',
  };
  return hasEnded(runner, here, ticks);
}

/** Names of the lab's own objects begin with their run: labels alone are inherited from an image made of a peer. */
export function isOwnName(name: string, labels: Readonly<Record<string, string>>): boolean {
  const run = labels[label.run] ?? '';
  return /^[\w-]+$/.test(run) && name.replace(/^\//, '').startsWith(`timewait-lab-${run}-`);
}
