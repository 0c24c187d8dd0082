import { type ChildProcess, spawn } from 'node:child_process';
import { monotonicMs } from '../probe/clock.ts';
import type { Accelerator } from './accelerator.ts';
import { ConsoleReader, type ConsoleState } from './console.ts';
import { shares } from './init-script.ts';

export const qemu = 'qemu-system-x86_64';

/** Bounds of one virtual machine. */
export interface Bounds {
  memoryMiB: number;
  cpus: number;
  /** From the start of QEMU until process 1 is ready. */
  bootMs: number;
  /** From then until it has turned itself off. */
  runMs: number;
}

export interface MachineStart {
  image: string;
  initramfs: string;
  accelerator: Accelerator;
  /** The only folder of the host that can be written inside. */
  out: string;
  bounds: Bounds;
  /** On abort the machine is ended at once; what it has written so far is in `out`. */
  signal: AbortSignal;
  onBoot?(bootMs: number): void;
}

/** How a virtual machine ended. */
export interface MachineEnd {
  console: ConsoleState;
  /** `off`: it turned itself off; `time`: a bound was reached; `killed`: QEMU ended without that. */
  ended: 'off' | 'boot-time' | 'run-time' | 'killed' | 'aborted';
  /** QEMU's own messages. */
  qemuMessages: string;
  /** Real time from the start to process 1; `null`: it never got so far. */
  bootMs: number | null;
  /** (time that passed inside − real time) / real time, between boot and end; `null`: not known. */
  clockError: number | null;
}

/**
 * Boots a kernel and waits until its machine is off. No network device, no display, no monitor; QEMU may start no
 * programs and gain no rights (-sandbox), and ends with this process, even by SIGKILL (PR_SET_PDEATHSIG).
 */
export async function runMachine(start: MachineStart): Promise<MachineEnd> {
  const { bounds, signal } = start;
  const reader = new ConsoleReader();
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', qemu, ...qemuArguments(start)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LANG: 'C.UTF-8' },
  });
  const startedAt = monotonicMs();
  let ended: MachineEnd['ended'] | null = null;
  let bootedAt: number | null = null;
  let endedAt: number | null = null;
  let qemuMessages = '';
  const stop = (why: MachineEnd['ended']) => {
    ended ??= why;
    child.kill('SIGKILL');
  };
  let timer = setTimeout(() => stop('boot-time'), bounds.bootMs);
  const onAbort = () => stop('aborted');
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (!reader.add(chunk)) return;
    if (bootedAt === null && reader.state.booted !== null) {
      bootedAt = monotonicMs();
      clearTimeout(timer);
      timer = setTimeout(() => stop('run-time'), bounds.runMs);
      start.onBoot?.(bootedAt - startedAt);
    }
    if (reader.state.ended !== null) endedAt ??= monotonicMs();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    qemuMessages = (qemuMessages + chunk).slice(-2000);
  });
  await closed(child).catch((error: Error) => {
    qemuMessages += error.message;
  });
  clearTimeout(timer);
  signal.removeEventListener('abort', onAbort);
  const isOff = reader.state.ended !== null || reader.state.failure !== null;
  return {
    console: reader.state,
    ended: ended ?? (isOff ? 'off' : 'killed'),
    qemuMessages: qemuMessages.trim(),
    bootMs: bootedAt === null ? null : bootedAt - startedAt,
    clockError: clockError(reader.state, bootedAt, endedAt),
  };
}

function clockError({ booted, ended }: ConsoleState, bootedAt: number | null, endedAt: number | null): number | null {
  if (booted === null || ended === null || bootedAt === null || endedAt === null) return null;
  const real = (endedAt - bootedAt) / 1000;
  return real <= 0 ? null : (ended.uptimeSec - booted.uptimeSec - real) / real;
}

function qemuArguments({ image, initramfs, accelerator, out, bounds }: MachineStart): string[] {
  // QEMU reads a comma in a value as two commas.
  const value = (path: string) => path.replaceAll(',', ',,');
  const share = (id: string, path: string, more: string) => [
    '-fsdev',
    `local,id=${id},path=${value(path)},security_model=none${more}`,
    '-device',
    `virtio-9p-pci,fsdev=${id},mount_tag=${id}`,
  ];
  return [
    '-nodefaults',
    '-no-user-config',
    '-no-reboot',
    ...['-display', 'none', '-serial', 'stdio', '-monitor', 'none', '-net', 'none'],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...['-accel', accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi'],
    ...['-cpu', accelerator === 'kvm' ? 'host' : 'max'],
    ...['-m', String(bounds.memoryMiB), '-smp', String(bounds.cpus)],
    ...['-kernel', image, '-initrd', initramfs],
    ...['-append', 'console=ttyS0 quiet panic=-1 random.trust_cpu=on'],
    ...share(shares.root, '/', ',readonly=on,multidevs=remap'),
    ...share(shares.out, out, ''),
  ];
}

function closed(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
}
