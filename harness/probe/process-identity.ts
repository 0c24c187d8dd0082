import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Where process numbers mean the same: one boot of one kernel, one pid namespace. */
export interface ProcessPlace {
  /** /proc/sys/kernel/random/boot_id; without /proc the host's name. */
  readonly boot: string;
  /** Inode of the pid namespace, `4026531836`; empty without /proc. */
  readonly pidNamespace: string;
  /** Host name and machine-id, which outlive a boot; empty where there is no machine-id, as in most containers. */
  readonly machine: string;
}

/** One process, never another one that has its pid by now, nor one of another pid namespace, boot or machine. */
export interface ProcessIdentity extends ProcessPlace {
  readonly pid: number;
  /** Clock ticks since boot, /proc/PID/stat field 22; empty without /proc. */
  readonly started: string;
}

export function thisPlace(): ProcessPlace {
  const machineId = readOrEmpty('/etc/machine-id');
  return {
    boot: readOrEmpty('/proc/sys/kernel/random/boot_id') || hostname(),
    pidNamespace: /\[(\d+)\]/.exec(linkOrEmpty('/proc/self/ns/pid'))?.[1] ?? '',
    machine: machineId === '' ? '' : `${hostname()} ${machineId}`,
  };
}

export function thisProcess(): ProcessIdentity {
  return { ...thisPlace(), pid: process.pid, started: startedTicks(process.pid) ?? '' };
}

/**
 * Whether a process has certainly ended: seen from its own pid namespace, or because this machine was started again
 * since. False for what cannot be judged from here.
 */
export function hasEnded(
  process: ProcessIdentity,
  here: ProcessPlace = thisPlace(),
  ticks: (pid: number) => string | null = startedTicks,
): boolean {
  if (process.boot !== here.boot) return here.machine !== '' && process.machine === here.machine;
  if (process.pidNamespace !== here.pidNamespace) return false;
  return ticks(process.pid) !== process.started;
}

/** For one argument of a command line: `BOOT/NAMESPACE/PID/TICKS`. */
export function identityText({ boot, pidNamespace, pid, started }: ProcessIdentity): string {
  return [boot, pidNamespace, pid, started].join('/');
}

/** `null`: not an identity. */
export function parseIdentity(text: string): ProcessIdentity | null {
  const found = /^([\w.-]+)\/(\d*)\/([1-9]\d{0,9})\/(\d*)$/.exec(text);
  if (found === null) return null;
  const [, boot = '', pidNamespace = '', pid, started = ''] = found;
  return { boot, pidNamespace, pid: Number(pid), started, machine: '' };
}

/** Start time of a process. `null`: no such process. Empty: it runs, but there is no /proc. */
export function startedTicks(pid: number): string | null {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The second field, the name, is in parentheses and may contain anything; the third follows the last ')'.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // A zombie has ended, and waits for a parent that does not look.
      return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
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

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

function linkOrEmpty(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
