import { readdirSync } from 'node:fs';

/**
 * Keys under /proc/sys/net of this machine's own network namespace, as sysctl(8) prints them; a dot in an interface's
 * name is written as a slash. Empty where there is no /proc/sys/net.
 */
export function readSysctlKeys(root = '/proc/sys/net'): ReadonlySet<string> {
  const keys = new Set<string>();
  walk(root, 'net', keys);
  return keys;
}

function walk(folder: string, prefix: string, keys: Set<string>): void {
  for (const entry of entriesOf(folder)) {
    const key = `${prefix}.${entry.name.replaceAll('.', '/')}`;
    if (entry.isDirectory()) walk(`${folder}/${entry.name}`, key, keys);
    else keys.add(key);
  }
}

/** A folder that cannot be read, or is gone with its interface, has no keys for us. */
function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
