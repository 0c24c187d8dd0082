import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Processes, of every pid namespace below ours, that carry `marker` in their environment or arguments. */
export function markedProcesses(marker: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.flatMap((pid) => {
    const args = textOf(`/proc/${pid}/cmdline`);
    if (!args.includes(marker) && !textOf(`/proc/${pid}/environ`).includes(marker)) return [];
    return [`${pid} ${args.replaceAll('\0', ' ').trim().slice(0, 200)}`];
  });
}

/** Those that are still there after the kernel had half a second to end what was killed. */
export async function processesLeft(marker: string): Promise<string[]> {
  for (let turn = 0; turn < 10 && markedProcesses(marker).length > 0; turn++) await sleep(50);
  return markedProcesses(marker);
}

/** Ends by number what a row left behind, so that the next one is not disturbed. */
export function endProcesses(left: readonly string[]): void {
  for (const line of left) {
    try {
      process.kill(Number.parseInt(line, 10), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

/** A process that ended meanwhile, or another user's, has nothing to read. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
