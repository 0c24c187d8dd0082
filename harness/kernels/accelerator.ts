import { accessSync, constants, readFileSync } from 'node:fs';

/** How QEMU runs a virtual machine: `kvm` on the CPU, `tcg` translated, about ten times slower. */
export type Accelerator = 'kvm' | 'tcg';

/**
 * Accelerators to try, in this order. KVM only if the CPU has the extensions: /dev/kvm can exist without them, and QEMU
 * then ends, or stops in the middle of the boot. That a boot answers decides in the end (boot-kernel.ts).
 */
export function acceleratorsHere(): Accelerator[] {
  return hasExtensions(safeRead('/proc/cpuinfo')) && isUsable('/dev/kvm') ? ['kvm', 'tcg'] : ['tcg'];
}

/** Whether /proc/cpuinfo lists Intel's or AMD's virtualization extensions. */
export function hasExtensions(cpuinfo: string): boolean {
  return /^flags\s*:.*\b(vmx|svm)\b/m.test(cpuinfo);
}

function safeRead(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isUsable(device: string): boolean {
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
