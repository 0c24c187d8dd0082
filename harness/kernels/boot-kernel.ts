import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { writeWholeFile } from '../rights/safe-files.ts';
import { type Accelerator, acceleratorsHere } from './accelerator.ts';
import { commandScript, type InsideCommand } from './command-script.ts';
import { commandFile } from './init-script.ts';
import type { Kernel } from './kernel-packages.ts';
import { type MachineEnd, runMachine } from './virtual-machine.ts';

/** A boot that takes longer has failed. Emulated it takes 6 s, and on a busy machine up to 25 s (measured). */
const bootMs: Readonly<Record<Accelerator, number>> = { kvm: 20_000, tcg: 180_000 };

/** Enough for the cells of a run at a time; only what is touched is taken from the host. */
const memoryMiB = 2048;
const mostCpus = 4;

export interface Job {
  kernel: Kernel;
  initramfs: string;
  /** Folder of the column: contains the command, its output and its run. */
  out: string;
  command: Omit<InsideCommand, 'accelerator'>;
  /** Bound on the command's time. */
  runMs: number;
  signal: AbortSignal;
}

/** Boots a kernel and runs the lab in it, with KVM if it works here and otherwise emulated. */
export async function bootKernel(job: Job): Promise<{ end: MachineEnd; accelerator: Accelerator }> {
  const { kernel, initramfs, out, command, runMs, signal } = job;
  const cpus = Math.min(mostCpus, availableParallelism());
  const attempt = async (accelerator: Accelerator) => {
    // Emulated cells disturb each other: V8 compiles an agent's code for seconds after its start.
    const args = accelerator === 'tcg' ? [...command.args, '--parallel', '1'] : command.args;
    writeWholeFile(join(out, commandFile), commandScript({ ...command, args, accelerator }));
    const bounds = { memoryMiB, cpus, bootMs: bootMs[accelerator], runMs };
    return { end: await runMachine({ image: kernel.image, initramfs, accelerator, out, bounds, signal }), accelerator };
  };
  const [first = 'tcg', ...others] = acceleratorsHere();
  let last = await attempt(first);
  for (const accelerator of others) {
    // A machine that booted has shown that its accelerator works.
    if (last.end.bootMs !== null || last.end.ended === 'aborted') break;
    last = await attempt(accelerator);
  }
  return last;
}

/** Why a machine did not run its command to the end; `null`: it did. */
export function machineFailure({ console, ended, qemuMessages, bootMs }: MachineEnd): string | null {
  if (ended === 'aborted') return 'interrupted';
  if (console.panicked) return 'the kernel panicked';
  if (console.failure !== null) return console.failure;
  if (console.ended !== null) return null;
  if (ended === 'boot-time') return 'the kernel did not boot in time';
  if (ended === 'run-time') return 'the run took too long and was ended';
  const why = qemuMessages === '' ? '' : `: ${qemuMessages.split('\n').at(-1)}`;
  return bootMs === null
    ? `the virtual machine ended before it had booted${why}`
    : `the virtual machine was killed${why}`;
}
