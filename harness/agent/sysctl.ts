import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { HarnessError } from '../model/errors.ts';
import { foldWhiteSpace, sysctlPath } from '../model/sysctl-key.ts';
import type { Sysctls } from '../model/vocabulary.ts';

export function ownNetworkNamespace(): string {
  return readlinkSync('/proc/self/ns/net');
}

/**
 * Writes sysctls inside this peer and nowhere else: throws if this process is still in the namespace it was started
 * from. A key exists under /proc/sys/net only if it can be set for this namespace.
 * Errors: OWN_NAMESPACE, SYSCTL_REFUSED.
 */
export function writeSysctls(sysctls: Sysctls, machineNamespace: string): void {
  if (Object.keys(sysctls).length === 0) return;
  if (ownNetworkNamespace() === machineNamespace) {
    throw new HarnessError('OWN_NAMESPACE', "refused to write sysctls: this is the machine's own network namespace");
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

/** Current values, white space normalized; `null` if the key does not exist here. */
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
