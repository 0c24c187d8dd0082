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
}

export function readMachine(): Machine {
  return {
    kernel: process.platform === 'linux' ? release() : null,
    cpu: cpus()[0]?.model ?? null,
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernelHz: readKernelHz(),
  };
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
