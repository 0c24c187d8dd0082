import { readdirSync } from 'node:fs';

/**
 * Keys under /proc/sys/net of this machine's own network namespace, as sysctl(8) prints them; a dot in an interface's
 * name becomes a slash. Empty without /proc/sys/net.
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

/** Empty for a folder that cannot be read or has disappeared with its interface. */
function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
