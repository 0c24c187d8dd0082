import { readFileSync } from 'node:fs';
import { cpuMsOf, cpuWithChildrenMsOf } from '../probe/busy-clock.ts';

/** CPU time of this process and of the commands that it has run, ms; the latter in steps of 10 ms. */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + childrenMs();
}

function childrenMs(): number {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    return cpuWithChildrenMsOf(stat) - cpuMsOf(stat);
  } catch {
    return 0;
  }
}
