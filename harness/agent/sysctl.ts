import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { HarnessError } from '../model/errors.ts';
import { foldWhiteSpace, sysctlPath } from '../model/sysctl-key.ts';
import type { Sysctls } from '../model/vocabulary.ts';

export function ownNetworkNamespace(): string {
  return readlinkSync('/proc/self/ns/net');
}

/**
 * Writes sysctls inside this peer and nowhere else: refuses when this process is still in the namespace it
 * was started from. A key exists under /proc/sys/net only where it can be set for this namespace.
 * Errors: OWN_NAMESPACE, SYSCTL_REFUSED.
 */
export function writeSysctls(sysctls: Sysctls, machineNamespace: string): void {
  if (Object.keys(sysctls).length === 0) return;
  if (ownNetworkNamespace() === machineNamespace) {
    throw new HarnessError('OWN_NAMESPACE', "refusing to write sysctls: this is the machine's own network namespace");
  }
  for (const [key, value] of Object.entries(sysctls)) {
    try {
      writeFileSync(sysctlPath(key), `${value}\n`);
    } catch (error) {
      throw new HarnessError('SYSCTL_REFUSED', `the kernel refused ${key} = ${value}`, {
        hint: 'check the value against Documentation/networking/ip-sysctl.rst',
        cause: error,
      });
    }
  }
}

/** Values now, white space folded; `null` where the key does not exist here. */
export function readSysctls(keys: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(keys.map((key) => [key, readSysctl(key)]));
}

function readSysctl(key: string): string | null {
  try {
    return foldWhiteSpace(readFileSync(sysctlPath(key), 'utf8'));
  } catch {
    return null;
  }
}
