import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { gunzipSync } from 'node:zlib';

/** Facts about this machine; `null` if they cannot be read. */
export interface Machine {
  kernel: string | null;
  cpu: string | null;
  cores: number;
  memoryBytes: number;
  kernelHz: number | null;
  /** What translates the CPU's instructions, which makes times and rates useless; absent: nothing does. */
  emulator?: string;
}

export function readMachine(): Machine {
  const cpu = cpus()[0]?.model ?? null;
  return {
    kernel: process.platform === 'linux' ? release() : null,
    cpu,
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernelHz: readKernelHz(),
    ...(isEmulated(cpu) && { emulator: 'QEMU TCG' }),
  };
}

/** QEMU without an accelerator names itself in the CPU's model (target/i386/cpu.c: "QEMU TCG CPU version"). */
export function isEmulated(cpu: string | null): boolean {
  return cpu?.startsWith('QEMU TCG CPU') ?? false;
}

/** CONFIG_HZ of the running kernel, which determines the timer wheel's steps. */
function readKernelHz(): number | null {
  const sources: (() => string)[] = [
    () => gunzipSync(readFileSync('/proc/config.gz')).toString(),
    () => readFileSync(`/boot/config-${release()}`, 'utf8'),
  ];
  for (const read of sources) {
    try {
      const match = /^CONFIG_HZ=(\d+)$/m.exec(read());
      if (match) return Number(match[1]);
    } catch {
      // Not every machine has a readable kernel configuration.
    }
  }
  return null;
}
