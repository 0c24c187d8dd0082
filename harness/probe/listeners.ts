import { readFile } from 'node:fs/promises';
import { listeningPorts } from './proc-net-tcp.ts';

/** TCP ports on which something listens in this process's own namespace, ascending. Empty without /proc. */
export async function readListeners(): Promise<number[]> {
  const files = ['/proc/net/tcp', '/proc/net/tcp6'];
  const tables = await Promise.all(files.map((path) => readFile(path, 'utf8').catch(() => '')));
  return [...new Set(tables.flatMap((table) => [...listeningPorts(table)]))].sort((a, b) => a - b);
}
